"""What staff did with orders: parcels, returns, refunds, notes."""

from collections.abc import Mapping
from uuid import UUID

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.codec import to_json
from shoplytics.modules.sales.ports import NewFulfilment, NewRefund, NewReturn, Parcel

ADD_FULFILMENT = """
    insert into sales_fulfilment (id, store_id, order_id, tracking_number, carrier, lines, actor)
    values ($1, $2, $3, $4, $5, $6::jsonb, $7)
"""
ADD_RETURN = """
    insert into sales_return (id, store_id, order_id, lines, reason, restocked, actor)
    values ($1, $2, $3, $4::jsonb, $5, $6, $7)
"""
ADD_REFUND = """
    insert into sales_refund (id, store_id, order_id, amount, currency, lines, reason, restocked, actor)
    values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9)
"""
NOTE = "select staff_note from sales_order where store_id = $1 and id = $2"
WRITE_NOTE = "update sales_order set staff_note = $3 where store_id = $1 and id = $2"
PARCEL = """
    select o.number, o.email, f.tracking_number, f.carrier, l.title, l.variant_title, p.quantity
    from sales_fulfilment f
    join sales_order o on o.store_id = f.store_id and o.id = f.order_id and o.deleted_at is null
    cross join lateral jsonb_to_recordset(f.lines) as p (position int, quantity int)
    join sales_order_line l on l.store_id = f.store_id and l.order_id = f.order_id
        and l.position = p.position
    where f.store_id = $1 and f.id = $2 order by l.position
"""


class PgOrderHandling:
    """See OrderHandling in the module's ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add_fulfilment(self, new: NewFulfilment) -> None:
        await self._work.raw.execute(
            ADD_FULFILMENT, new.id, new.store_id, new.order_id, new.tracking_number, new.carrier,
            _lines(new.lines), new.actor,
        )  # fmt: skip

    async def add_return(self, new: NewReturn) -> None:
        await self._work.raw.execute(
            ADD_RETURN, new.id, new.store_id, new.order_id, _lines(new.lines), new.reason, new.restocked,
            new.actor,
        )  # fmt: skip

    async def add_refund(self, new: NewRefund) -> None:
        await self._work.raw.execute(
            ADD_REFUND, new.id, new.store_id, new.order_id, new.amount, new.currency, _lines(new.lines),
            new.reason, new.restocked, new.actor,
        )  # fmt: skip

    async def note(self, *, store_id: UUID, order_id: UUID) -> str:
        found: str = await self._work.raw.fetchval(NOTE, store_id, order_id)
        return found

    async def write_note(self, *, store_id: UUID, order_id: UUID, note: str) -> None:
        await self._work.raw.execute(WRITE_NOTE, store_id, order_id, note)

    async def parcel(self, *, store_id: UUID, fulfilment_id: UUID) -> Parcel | None:
        rows = await self._work.raw.fetch(PARCEL, store_id, fulfilment_id)
        if not rows:
            return None
        return Parcel(
            number=rows[0]["number"],
            email=rows[0]["email"],
            tracking_number=rows[0]["tracking_number"],
            carrier=rows[0]["carrier"],
            pieces=tuple((_title(row["title"], row["variant_title"]), row["quantity"]) for row in rows),
        )


def _title(title: str, variant: str) -> str:
    return f"{title} ({variant})" if variant else title


def _lines(pieces: Mapping[int, int]) -> str:
    return to_json(
        [{"position": position, "quantity": count} for position, count in sorted(pieces.items())]
    ).decode()
