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
from shoplytics.seed.owner import EMAIL, Owner, signed_in
from shoplytics.seed.shops import SHOPS, Shop
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
    async with signed_in(settings) as owner, open_infra(settings, slow=True) as infra:
        both = await asyncio.gather(*(_load(shop, owner, infra) for shop in shops))
        loaded = [found for found in both if found is not None]
        if created := any(fresh for _, fresh in loaded):
            await run_due(infra, MODULES)
    return DemoReport(
        owner_email=EMAIL,
        stores=tuple(store for store, _ in loaded),
        seconds=perf_counter() - started,
        created=created,
    )


async def _load(shop: Shop, owner: Owner, infra: Infra) -> tuple[DemoStore, bool] | None:
    opened = await owner.store(shop)
    if opened is None:
        return None
    store = DemoStore(opened.id, shop.slug, shop.currency)
    if await owner.has_orders(opened.id):
        return store, False
    products = await owner.products(shop, opened.id)
    await Counter(owner, shop, opened.id).set_up(now=opened.created_at)
    after = await owner.visited_until(opened, ZoneInfo(shop.timezone))
    trade = Trade(shop, now=opened.created_at)
    await write_year(infra, trade, store_id=opened.id, products=products, after=after)
    return store, True
