"""Stock held, sold, freed and put back: one statement each, offers locked in the order of their ids."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from shoplytics.adapters.postgres.catalog.movements import MOVEMENT_ID
from shoplytics.adapters.postgres.catalog.stock import PgStock
from shoplytics.modules.catalog.ports import Freed, Held, Touched
from shoplytics.ports.catalog import OfferBlock
from shoplytics.ports.catalog.stock import Holds, ShortOffer, StockLine

# The ids stand beside the joins: planned while the table is small, a join would read all of its index.
# All lines or none. `locked` waits for whoever holds an offer and then sees its newest stock; what it finds
# decides, and the table's CHECK stands behind it. A reference that holds something already holds it still: by
# `wanted` if that was committed before, by the primary key if both came at once.
RESERVE = """
    with wanted as materialized (
        select g.reference, g.offer_id, sum(g.quantity) as quantity
        from unnest($1::uuid[], $2::uuid[], $3::bigint[]) g (reference, offer_id, quantity)
        where not exists (select from catalog_reservation r where r.reference = g.reference)
        group by g.reference, g.offer_id
    ), whole as (
        select offer_id, sum(quantity) as quantity from wanted group by offer_id
    ), locked as materialized (
        select o.id, o.store_id, o.owner_id, o.product_id, w.quantity, o.on_hand - o.reserved as available,
            o.active and o.deleted_at is null and o.price is not null as open,
            coalesce(o.low_stock_threshold, s.low_stock_threshold) as threshold
        from whole w
        join catalog_offer o on o.id = w.offer_id and o.id = any($2::uuid[])
        join catalog_store s on s.store_id = o.store_id
        order by o.id for no key update of o
    ), judged as materialized (
        select l.*, f.blocked_by, l.open and f.offer_id is not null and f.blocked_by is null as sold
        from locked l
        left join catalog_sold(array(select offer_id from whole)) f on f.offer_id = l.id
    ), taken as (
        insert into catalog_reservation (reference, offer_id, store_id, quantity, created_at)
        select w.reference, j.id, j.store_id, w.quantity, $4
        from wanted w join judged j on j.id = w.offer_id
        where (select count(*) from whole)
            = (select count(*) from judged where sold and available >= quantity)
        on conflict do nothing
        returning offer_id, quantity
    ), held as (
        update catalog_offer o set reserved = o.reserved + t.quantity, version = o.version + 1,
            updated_at = $4
        from (select offer_id, sum(quantity)::int as quantity from taken group by offer_id) t
        where o.id = t.offer_id and o.id = any($2::uuid[])
        returning o.id, o.on_hand - o.reserved as available
    )
    select w.offer_id, w.quantity, j.sold, j.blocked_by, j.available as before,
        h.id is not null as held, j.store_id, j.owner_id, j.product_id, h.available,
        j.available > j.threshold and h.available <= j.threshold as low
    from whole w left join judged j on j.id = w.offer_id left join held h on h.id = w.offer_id
    order by w.offer_id
"""
# Whoever comes second waits in `locked`, and finds no row to delete any more.
_GONE = """locked as materialized (
        select o.id from catalog_offer o
        where o.id = any(array(select offer_id from catalog_reservation where reference = any($1::uuid[])))
        order by o.id for no key update
    ), gone as (
        delete from catalog_reservation r using locked l
        where r.reference = any($1::uuid[]) and r.offer_id = l.id
        returning r.reference, r.offer_id, r.quantity
    ), whole as (
        select offer_id, sum(quantity)::int as quantity from gone group by offer_id
    )"""
COMMIT = f"""
    with {_GONE}, sold as (
        update catalog_offer o set on_hand = o.on_hand - w.quantity, reserved = o.reserved - w.quantity,
            version = o.version + 1, updated_at = $2
        from whole w where o.id = w.offer_id and o.id = any(array(select offer_id from whole))
        returning o.id, o.store_id, w.quantity, o.on_hand, clock_timestamp() as at
    ), each as (
        select s.store_id, s.id, g.reference, g.quantity,
            s.on_hand + s.quantity - sum(g.quantity) over w as on_hand,
            s.at + row_number() over w * interval '1 microsecond' as at
        from gone g join sold s on s.id = g.offer_id
        window w as (partition by g.offer_id order by g.reference)
    ), told as (
        insert into catalog_stock_movement
            (id, store_id, offer_id, kind, reason, actor, quantity, on_hand, created_at, reference)
        select {MOVEMENT_ID}, store_id, id, 'sold', 'sold', $3, -quantity, on_hand, at, reference
        from each
    )
    select distinct reference from gone
"""
RELEASE = f"""
    with {_GONE}, freed as (
        update catalog_offer o set reserved = o.reserved - w.quantity, version = o.version + 1,
            updated_at = $2
        from whole w where o.id = w.offer_id and o.id = any(array(select offer_id from whole))
        returning o.id as offer_id, o.store_id, o.owner_id, o.product_id,
            o.on_hand - o.reserved - w.quantity as before, o.on_hand - o.reserved as available, false as low
    )
    select f.*, array(select distinct reference from gone) as references from freed f
"""
RESTOCK = f"""
    with wanted as (
        select g.offer_id, sum(g.quantity)::int as quantity
        from unnest($2::uuid[], $3::bigint[]) g (offer_id, quantity) group by g.offer_id
    ), locked as materialized (
        select o.id, o.store_id, o.on_hand, w.quantity
        from wanted w join catalog_offer o on o.id = w.offer_id
        order by o.id for no key update of o
    ), timed as materialized (
        select *, clock_timestamp() as at from locked
    ), told as (
        insert into catalog_stock_movement
            (id, store_id, offer_id, kind, reason, actor, quantity, on_hand, created_at, reference)
        select {MOVEMENT_ID}, store_id, id, 'restock', $5, $6, quantity, on_hand + quantity, at, $1
        from timed
        on conflict do nothing
        returning offer_id, quantity
    )
    update catalog_offer o set on_hand = o.on_hand + t.quantity, version = o.version + 1, updated_at = $4
    from told t where o.id = t.offer_id
    returning o.id as offer_id, o.store_id, o.owner_id, o.product_id,
        o.on_hand - o.reserved - t.quantity as before, o.on_hand - o.reserved as available, false as low
"""


def _short(row: asyncpg.Record) -> ShortOffer:
    return ShortOffer(
        offer_id=row["offer_id"],
        wanted=int(row["quantity"]),
        available=row["before"] if row["sold"] else 0,
        sold=bool(row["sold"]),
        blocked_by=None if row["blocked_by"] is None else OfferBlock(row["blocked_by"]),
    )


class PgReservations(PgStock):
    """See ReservationRepository in modules/catalog/ports/stock.py."""

    async def reserve(self, *, holds: Holds, now: datetime) -> Held:
        references = [reference for reference, lines in holds.items() for _ in lines]
        lines = [line for held in holds.values() for line in held]
        rows = await self._work.raw.fetch(RESERVE, references, *_columns(lines), now)
        short = [_short(row) for row in rows if not row["sold"] or row["before"] < row["quantity"]]
        touched = await self._touched([row for row in rows if row["held"]])
        return Held(short=short, touched=touched)

    async def commit(self, *, references: Collection[UUID], actor: str, now: datetime) -> set[UUID]:
        rows = await self._work.raw.fetch(COMMIT, list(references), now, actor)
        return {row[0] for row in rows}

    async def release(self, *, references: Collection[UUID], now: datetime) -> Freed:
        rows = await self._work.raw.fetch(RELEASE, list(references), now)
        return Freed(
            references=set(rows[0]["references"]) if rows else set(), touched=await self._touched(rows)
        )

    async def restock(
        self, *, reference: UUID, lines: Sequence[StockLine], reason: str, actor: str, now: datetime
    ) -> list[Touched]:
        rows = await self._work.raw.fetch(RESTOCK, reference, *_columns(lines), now, reason, actor)
        return await self._touched(rows)

    async def _touched(self, rows: Sequence[asyncpg.Record]) -> list[Touched]:
        """Products are locked only where the last unit went or the first one came: lists show no more."""
        turned = {row["product_id"] for row in rows if (row["before"] > 0) != (row["available"] > 0)}
        listed = set(await self.refresh(sorted(turned))) if turned else set()
        return [
            Touched(
                offer_id=row["offer_id"],
                store_id=row["store_id"],
                owner_id=row["owner_id"],
                product_id=row["product_id"],
                available=row["available"],
                low=row["low"],
                listed=row["product_id"] in listed,
            )
            for row in rows
        ]


def _columns(lines: Sequence[StockLine]) -> tuple[list[UUID], list[int]]:
    return [line.offer_id for line in lines], [line.quantity for line in lines]
