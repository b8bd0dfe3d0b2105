"""Offers as a cart sees them: one statement, however many."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.money import Money
from shoplytics.ports.catalog.shelf import ShelfOffer

_OFFERS = """
    select o.id, o.store_id, s.name, o.product_id, o.variant_id, p.title, v.title, o.sku, p.image_url,
        o.price, o.currency, o.on_hand - o.reserved,
        s.active and o.active and o.deleted_at is null and v.deleted_at is null and p.deleted_at is null
            and o.price is not null and p.published and p.published_at <= now() and p.source = 'native'
            and (o.store_id = p.store_id or p.marketplace) as sold,
        p.source <> 'native',
        array(select a.id from catalog_category c join catalog_category a
            on a.store_id is not distinct from c.store_id
            and (a.path = c.path or starts_with(c.path, a.path || '/'))
            where c.id = p.category_id and a.deleted_at is null),
        s.active and v.deleted_at is null and p.deleted_at is null and p.published
            and p.published_at <= now() as visible
    from catalog_offer o
    join catalog_variant v on v.id = o.variant_id
    join catalog_product p on p.id = o.product_id
    join catalog_store s on s.store_id = o.store_id
"""
OFFERS = f"{_OFFERS} where o.id = any($1::uuid[])"
BEST = f"""
    {_OFFERS} where o.variant_id = $1 and ($2::uuid is null or o.store_id = $2)
    order by sold desc, visible desc, o.on_hand > o.reserved desc, o.price, o.store_id = p.store_id desc,
        o.created_at, o.id
    limit 1
"""


def _offer(row: asyncpg.Record) -> ShelfOffer:
    return ShelfOffer(
        offer_id=row[0],
        store_id=row[1],
        store_name=row[2],
        product_id=row[3],
        variant_id=row[4],
        title=row[5],
        variant_title=row[6],
        sku=row[7],
        image_url=row[8],
        price=None if row[9] is None else Money(row[9], row[10]),
        available=row[11],
        sold=row[12],
        mirrored=row[13],
        elsewhere=None,
        categories=frozenset(row[14]),
        visible=row[15],
    )


class PgShelf:
    """See ports/catalog/shelf.py; the caller's role must see every store's offers."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def offers(self, offer_ids: Sequence[UUID]) -> Mapping[UUID, ShelfOffer]:
        if not offer_ids:
            return {}
        return {row[0]: _offer(row) for row in await self._work.reading.fetch(OFFERS, list(offer_ids))}

    async def best(self, *, variant_id: UUID, store_id: UUID | None) -> ShelfOffer | None:
        row = await self._work.reading.fetchrow(BEST, variant_id, store_id)
        return None if row is None else _offer(row)
