"""What changed the quantities on hand."""

from shoplytics.adapters.postgres.work import Work
from shoplytics.modules.catalog.ports import MovementFilter
from shoplytics.ports.catalog.stock import MovementKind, MovementView

# A movement's id and time are made by the statement that changes the offer, once it has the row: `at`, of
# clock_timestamp() as it returns. What was taken before the wait for the row would sort a later change before
# an earlier one. The id is a UUIDv7 with the fraction of its millisecond after the version (RFC 9562, section
# 6.2, method 3): changes of an offer follow each other by more than its 0.25 microseconds.
MOVEMENT_ID = """(
            overlay(lpad(to_hex(floor(extract(epoch from at) * 4096000)::bigint), 15, '0') placing '7' from 13
                for 0) || right(gen_random_uuid()::text, 17)
        )::uuid"""
MOVEMENTS = """
    select m.id, m.offer_id, o.product_id, o.sku, m.kind, m.reason, m.actor, m.quantity, m.on_hand,
        m.reference, m.created_at
    from catalog_stock_movement m join catalog_offer o on o.store_id = m.store_id and o.id = m.offer_id
    where m.store_id = $1 and ($2::uuid is null or m.offer_id = $2)
        and ($3::uuid is null or o.product_id = $3) and ($4::text is null or o.sku = $4)
        and ($5::text is null or m.kind = $5) and ($6::timestamptz is null or m.created_at >= $6)
        and ($7::timestamptz is null or m.created_at <= $7) and ($8::uuid is null or m.id < $8)
    order by m.id desc limit $9
"""


class PgMovements:
    """See MovementReader in modules/catalog/ports/stock.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def movements(self, wanted: MovementFilter) -> list[MovementView]:
        rows = await self._work.raw.fetch(
            MOVEMENTS, wanted.store_id, wanted.offer_id, wanted.product_id, wanted.sku, wanted.kind,
            wanted.since, wanted.until, wanted.before, wanted.limit,
        )  # fmt: skip
        return [
            MovementView(
                id=row["id"],
                offer_id=row["offer_id"],
                product_id=row["product_id"],
                sku=row["sku"],
                kind=MovementKind(row["kind"]),
                reason=row["reason"],
                actor=row["actor"],
                quantity=row["quantity"],
                before=row["on_hand"] - row["quantity"],
                after=row["on_hand"],
                reference=row["reference"],
                created_at=row["created_at"],
            )
            for row in rows
        ]
