"""The demo's owner, who sets the shops up through the API as any merchant would."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import msgspec

from shoplytics.adapters.postgres.work import Work
from shoplytics.api import create_app
from shoplytics.bootstrap import WITH_WORK, Infra
from shoplytics.kernel.errors import Conflict
from shoplytics.kernel.money import text_of
from shoplytics.seed.client import Client, Shelves, offer_too
from shoplytics.seed.goods import Good, Item, items_of
from shoplytics.seed.ranges import Shopfront, old_price, values_of
from shoplytics.seed.shops import Shop
from shoplytics.settings import Settings, demo_password

EMAIL = "owner@demo.example"
OWNER = {"email": EMAIL, "first_name": "Demo", "last_name": "Owner"}
SHOPPER = {"email": "shopper@demo.example", "first_name": "Sade", "last_name": "Hart"}
ON_HAND = (4, 12, 25, 60)
SCARCE = 11


class DemoOwnerChanged(Conflict):
    code = "demo.owner_changed"
    message = "The demo's accounts have another password than the one in the home folder: it is left alone."


class Opened(msgspec.Struct, frozen=True):
    """A store as the demo needs it. Its year leads up to `created_at`, whenever that is loaded."""

    id: UUID
    created_at: datetime


class Owner(Client):
    """The demo's owner as a client of the API in this process."""

    async def store(self, shop: Shopfront) -> Opened | None:
        """The shop's store, opened if need be; None when the slug is taken, as by a deleted one."""
        mine = (await self.http.get("/me/stores", params={"limit": 100})).raise_for_status().json()
        for store in mine["items"]:
            if store["slug"] == shop.slug:
                return msgspec.convert(store, Opened)
        names = ("name", "slug", "description", "currency", "timezone")
        answer = await self.http.post("/stores", json={name: getattr(shop, name) for name in names})
        if answer.status_code == httpx.codes.CONFLICT:
            return None
        return msgspec.convert(answer.raise_for_status().json(), Opened)

    async def products(self, shop: Shop, store_id: UUID) -> dict[int, UUID]:
        """The product of each good, by its index; those that are missing are made."""
        there = await self._titles(store_id)
        if len(there) < len(shop.goods):
            kinds = await Shelves(self, store_id).put_up(shop.shelves)
        items = items_of(shop.goods, shop.prefix)
        for number, good in enumerate(shop.goods):
            if good.title not in there:
                own = [item for item in items if item.good == number]
                body = _product(good, own, shop, number) | {"category": kinds[good.kind]}
                made = await self.send(f"/stores/{store_id}/products", body)
                there[good.title] = UUID(made["id"])
        if shop.neighbour is not None:
            opened = await self.store(shop.neighbour)
            if opened is not None:
                await offer_too(self, shop.neighbour, opened.id, there)
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
        items = await self.items(path, **(params or {}), limit="1")
        return items[0] if items else None

    async def _titles(self, store_id: UUID) -> dict[str, UUID]:
        found = await self.items(f"/stores/{store_id}/products", limit="100")
        return {item["title"]: UUID(item["id"]) for item in found}


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
            "compare_at_price": None if before is None else text_of(before, shop.currency),
            "quantity": on_hand,
        }
        for item, on_hand in zip(items, stock, strict=True)
        for before in (old_price(number, item.price),)
    ]
    body: dict[str, Any] = {
        "title": good.title,
        "description": good.description,
        "vendor": shop.name,
        "product_type": good.kind,
        "tags": list(good.tags),
        "featured": number % 8 == 0,
        "attributes": values_of(good, number, shop.shelves),
        "marketplace": shop.neighbour is not None and good.title in shop.neighbour.goods,
    }
    if options:
        return body | {"options": options, "variants": variants}
    return body | {name: variants[0][name] for name in ("sku", "price", "compare_at_price", "quantity")}


async def sign_in(client: Client, person: Mapping[str, str]) -> None:
    """Registers at the first time. Raises DemoOwnerChanged."""
    login = {"identifier": person["email"], "password": person["password"]}
    answer = await client.http.post("/auth/login", json=login)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        await client.send("/auth/register", dict(person))
        answer = await client.http.post("/auth/login", json=login)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise DemoOwnerChanged
    token = answer.raise_for_status().json()["access_token"]
    client.http.headers["Authorization"] = f"Bearer {token}"


_then: ContextVar[datetime | None] = ContextVar("shoplytics_demo_then", default=None)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """What is asked of carts in it was asked then."""
    token = _then.set(moment)
    try:
        yield
    finally:
        _then.reset(token)


def _carts(infra: Infra, work: Work) -> object:
    then = _then.get()
    return WITH_WORK["carts"](infra if then is None else replace(infra, clock=lambda: then), work)


@dataclass(frozen=True)
class Doors:
    """The API without a network and without limits, as those see it who come to the demo."""

    owner: Owner
    shopper: Client
    guest: Client


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Doors]:
    """Raises DemoOwnerChanged."""
    plain = msgspec.structs.replace(settings, rate_limits=False, require_verified=False)
    app = create_app(plain, with_work={**WITH_WORK, "carts": _carts})
    base = f"{settings.public_url}/api/v1"

    def client() -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base)

    async with app.lifespan(), client() as owner, client() as shopper, client() as guest:
        doors = Doors(Owner(owner), Client(shopper), Client(guest))
        password = {"password": demo_password(settings.home)}
        await sign_in(doors.owner, OWNER | password)
        await sign_in(doors.shopper, SHOPPER | password)
        yield doors
