"""What a demo shop sells by: rates as its year was charged, and discounts as its year gave them."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from shoplytics.kernel.money import text_of
from shoplytics.seed.baskets import CODE_PERCENT, SALE_FIRST, SALE_LAST, SALE_PERCENT, black_friday
from shoplytics.seed.client import Client
from shoplytics.seed.shops import Shop

CODE = "WELCOME10"
GIFT = "THREEFORTWO"


class Counter:
    """A store's discounts, shipping and tax rates: what is missing of them is made."""

    def __init__(self, client: Client, shop: Shop, store_id: UUID) -> None:
        self._client = client
        self._shop = shop
        self._base = f"/stores/{store_id}"

    async def set_up(self, *, now: datetime) -> None:
        today = now.astimezone(ZoneInfo(self._shop.timezone)).date()
        await self._fill("shipping-rates", "name", list(_shipping(self._shop)))
        await self._fill("tax-rates", "name", list(_taxes(self._shop)))
        await self._fill("discounts", "title", list(_discounts(self._shop, today)))

    async def _fill(self, kind: str, named: str, bodies: list[dict[str, Any]]) -> None:
        path = f"{self._base}/{kind}"
        there = {one[named] for one in await self._client.items(path, limit="100")}
        for body in bodies:
            if body[named] not in there:
                await self._client.send(path, body)


def _shipping(shop: Shop) -> Iterator[dict[str, Any]]:
    """The cheaper one is what the year's orders paid."""
    free = text_of(shop.free_shipping_from, shop.currency)
    yield {"name": "Standard", "amount": text_of(shop.shipping, shop.currency), "free_from": free}
    yield {"name": "Next day", "amount": text_of(2 * shop.shipping, shop.currency)}


def _taxes(shop: Shop) -> Iterator[dict[str, Any]]:
    """On the goods alone, as the year was taxed; a shop that charges none has no rate."""
    if shop.tax:
        yield {"name": "VAT", "percent": f"{shop.tax * 100:g}", "on_shipping": False}


def _discounts(shop: Shop, today: date) -> Iterator[dict[str, Any]]:
    """A code for newcomers, one for three of a kind, and the sale around the next Black Friday."""
    yield {
        "title": "Welcome",
        "kind": "percent",
        "percent": str(CODE_PERCENT),
        "code": CODE,
        "limit_per_shopper": 1,
    }
    yield {"title": "Three for two", "kind": "free_items", "buy": 2, "get": 1, "code": GIFT}
    friday = black_friday(today.year)
    if friday + timedelta(days=SALE_LAST) < today:
        friday = black_friday(today.year + 1)
    zone = ZoneInfo(shop.timezone)
    first, after = friday + timedelta(days=SALE_FIRST), friday + timedelta(days=SALE_LAST + 1)
    yield {
        "title": "Black Friday",
        "kind": "percent",
        "percent": str(SALE_PERCENT),
        "starts_at": datetime.combine(first, time(), zone).isoformat(),
        "ends_at": datetime.combine(after, time(), zone).isoformat(),
    }
