"""The demo's owner, who sets the shops up through the API as any merchant would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import msgspec

from shoplytics.api import create_app
from shoplytics.kernel.errors import Conflict
from shoplytics.kernel.money import text_of
from shoplytics.seed.goods import Good, Item, items_of
from shoplytics.seed.shops import Shop
from shoplytics.settings import Settings, demo_password

EMAIL = "owner@demo.example"
FIRST_NAME, LAST_NAME = "Demo", "Owner"
ON_HAND = (4, 12, 25, 60)
SCARCE = 11


class DemoOwnerChanged(Conflict):
    code = "demo.owner_changed"
    message = f"{EMAIL} has another password than the one in the home folder, so the demo is left alone."


class Opened(msgspec.Struct, frozen=True):
    """A store as the demo needs it. Its year leads up to `created_at`, whenever that is loaded."""

    id: UUID
    created_at: datetime


class Owner:
    """One signed-in client of the API in this process."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def sign_in(self, password: str) -> None:
        """Registers at the first time. Raises DemoOwnerChanged."""
        login = {"identifier": EMAIL, "password": password}
        answer = await self._client.post("/auth/login", json=login)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            person = {"email": EMAIL, "password": password, "first_name": FIRST_NAME, "last_name": LAST_NAME}
            await self._send("/auth/register", person)
            answer = await self._client.post("/auth/login", json=login)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise DemoOwnerChanged
        token = answer.raise_for_status().json()["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    async def store(self, shop: Shop) -> Opened | None:
        """The shop's store, opened if need be; None when the slug is taken, as by a deleted one."""
        mine = (await self._client.get("/me/stores", params={"limit": 100})).raise_for_status().json()
        for store in mine["items"]:
            if store["slug"] == shop.slug:
                return msgspec.convert(store, Opened)
        names = ("name", "slug", "description", "currency", "timezone")
        answer = await self._client.post("/stores", json={name: getattr(shop, name) for name in names})
        if answer.status_code == httpx.codes.CONFLICT:
            return None
        return msgspec.convert(answer.raise_for_status().json(), Opened)

    async def products(self, shop: Shop, store_id: UUID) -> dict[int, UUID]:
        """The product of each good, by its index; those that are missing are made."""
        there = await self._titles(store_id)
        items = items_of(shop.goods, shop.prefix)
        for number, good in enumerate(shop.goods):
            if good.title not in there:
                own = [item for item in items if item.good == number]
                made = await self._send(f"/stores/{store_id}/products", _product(good, own, shop, number))
                there[good.title] = UUID(made["id"])
        return {number: there[good.title] for number, good in enumerate(shop.goods)}

    async def has_orders(self, store_id: UUID) -> bool:
        return await self._newest(f"/stores/{store_id}/orders") is not None

    async def visited_until(self, store: Opened, zone: ZoneInfo) -> date | None:
        """The local day up to which an earlier load, now cut off, wrote visits; `date.max` when it wrote all.

        Only days before the store was opened are looked at: visits of later ones may be live.
        """
        yesterday = store.created_at.astimezone(zone).date() - timedelta(days=1)
        period = {"from": str(yesterday - timedelta(days=365)), "to": str(yesterday)}
        newest = await self._newest(f"/stores/{store.id}/visits", period)
        if newest is None:
            return None
        until = msgspec.convert(newest["started_at"], datetime).astimezone(zone).date()
        return date.max if until == yesterday else until

    async def _newest(self, path: str, params: dict[str, str] | None = None) -> dict[str, Any] | None:
        answer = await self._client.get(path, params={**(params or {}), "limit": "1"})
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items[0] if items else None

    async def _titles(self, store_id: UUID) -> dict[str, UUID]:
        answer = await self._client.get(f"/stores/{store_id}/products", params={"limit": 100})
        return {item["title"]: UUID(item["id"]) for item in answer.raise_for_status().json()["items"]}

    async def _send(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._client.post(path, json=body)
        made: dict[str, Any] = answer.raise_for_status().json()
        return made


def _product(good: Good, items: list[Item], shop: Shop, number: int) -> dict[str, Any]:
    """The body of `POST /stores/{id}/products`; stock differs from item to item, a few have none."""
    options = [{"name": c.name, "values": [value for value, _ in c.values]} for c in good.choices]
    stock = [
        0 if (number + place) % SCARCE == 0 else ON_HAND[(number * 7 + place) % len(ON_HAND)]
        for place in range(len(items))
    ]
    variants = [
        {
            "options": dict(item.options),
            "sku": item.sku,
            "price": text_of(item.price, shop.currency),
            "quantity": on_hand,
        }
        for item, on_hand in zip(items, stock, strict=True)
    ]
    body: dict[str, Any] = {
        "title": good.title,
        "description": good.description,
        "vendor": shop.name,
        "product_type": good.kind,
        "tags": list(good.tags),
        "featured": number % 8 == 0,
    }
    if options:
        return body | {"options": options, "variants": variants}
    return body | {name: variants[0][name] for name in ("sku", "price", "quantity")}


@asynccontextmanager
async def signed_in(settings: Settings) -> AsyncIterator[Owner]:
    """The API without a network and without limits; raises DemoOwnerChanged."""
    plain = msgspec.structs.replace(settings, rate_limits=False, require_verified=False)
    app = create_app(plain)
    transport = httpx.ASGITransport(app)
    base = f"{settings.public_url}/api/v1"
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url=base) as client:
        owner = Owner(client)
        await owner.sign_in(demo_password(settings.home))
        yield owner
