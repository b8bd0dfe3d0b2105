"""Loads the demo: the owner sets up the shops, then each shop's year is written."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from shoplytics.bootstrap import MODULES, Infra, open_infra
from shoplytics.seed.counter import Counter
from shoplytics.seed.owner import EMAIL, Doors, Owner, opened
from shoplytics.seed.shops import SHOPS, Shop
from shoplytics.seed.today import Today
from shoplytics.seed.trade import Trade
from shoplytics.seed.writing import write_year
from shoplytics.settings import Settings
from shoplytics.worker import run_due


class DemoStore(NamedTuple):
    id: UUID
    slug: str
    currency: str


class DemoReport(msgspec.Struct, frozen=True, kw_only=True):
    """`created` is false when everything was there already."""

    owner_email: str
    stores: tuple[DemoStore, ...]
    seconds: float
    created: bool


async def load_demo(settings: Settings, *, shops: Sequence[Shop] = SHOPS) -> DemoReport:
    """Complete, reports included, when it returns; a load that was cut off is taken up where it stopped.

    Raises DemoOwnerChanged when the owner's password is not ours any more.
    """
    started = perf_counter()
    async with opened(settings) as doors, open_infra(settings, slow=True) as infra:
        both = await asyncio.gather(*(_year(shop, doors.owner, infra) for shop in shops))
        stores = {store: shop for shop, store in zip(shops, both, strict=True) if store is not None}
        # One after the other: the demo's shopper has one cart.
        created = [store for store, shop in stores.items() if await _today(shop, store, doors)]
        if created:
            await run_due(infra, MODULES)
    return DemoReport(
        owner_email=EMAIL, stores=tuple(stores), seconds=perf_counter() - started, created=bool(created)
    )


async def _year(shop: Shop, owner: Owner, infra: Infra) -> DemoStore | None:
    """None where another store has the shop's address."""
    found = await owner.store(shop)
    if found is None:
        return None
    if not await owner.has_orders(found.id):
        products = await owner.products(shop, found.id)
        await Counter(owner, shop, found.id).set_up(now=found.created_at)
        after = await owner.visited_until(found, ZoneInfo(shop.timezone))
        trade = Trade(shop, now=found.created_at)
        await write_year(infra, trade, store_id=found.id, products=products, after=after)
    return DemoStore(found.id, shop.slug, shop.currency)


async def _today(shop: Shop, store: DemoStore, doors: Doors) -> bool:
    """False where it has happened before."""
    today = Today(owner=doors.owner, shopper=doors.shopper, guest=doors.guest, shop=shop, store_id=store.id)
    if await today.happened():
        return False
    await today.trade()
    return True
