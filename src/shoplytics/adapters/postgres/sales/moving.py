"""Orders that change: locked, moved and written into their history, as many as there are in one statement."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record

from shoplytics.adapters.postgres.sales.recording import RECOUNT
from shoplytics.adapters.postgres.sales.rows import PIECE
from shoplytics.adapters.postgres.work import Work
from shoplytics.modules.sales.ports import Entry, OrderPiece, OrderState

STATE = [name for name in OrderState.__struct_fields__ if name != "lines"]
PIECES_OF = OrderPiece.__struct_fields__
_STATE = ", ".join(STATE)
LOCK = f"""
    select {_STATE} from sales_order
    where id = any($1::uuid[]) and ($2::uuid is null or store_id = $2) and deleted_at is null
    order by id for no key update
"""
# What has a checkout is never deleted; asked for it, a planner without statistics reads all that is not.
LOCK_CHECKOUT = f"""
    select {_STATE} from sales_order
    where checkout_id = $1 and ($2::uuid is null or store_id = $2)
    order by id for no key update
"""
# As LOCK_CHECKOUT, with the lines. What waits for a row reads all others as they were before: `same` tells
# whether the row that is locked is the one that the statement sees.
LOCK_WHOLE = f"""
    with locked as materialized (
        select {_STATE}, ctid as place from sales_order
        where checkout_id = $1 and ($2::uuid is null or store_id = $2)
        order by id for no key update
    )
    select {", ".join(f"k.{name}" for name in STATE)}, {", ".join(f"l.{name}" for name in PIECES_OF)},
        o.ctid = k.place as same
    from locked k join sales_order o on o.id = k.id
    left join sales_order_line l on l.store_id = k.store_id and l.order_id = k.id
    order by k.id, l.position
"""
# A statement of its own: it sees what was committed while LOCK waited.
PIECES = f"""
    select l.order_id, {PIECE}
    from sales_order_line l
    join unnest($1::uuid[], $2::uuid[]) w (store_id, order_id) using (store_id, order_id)
    order by l.order_id, l.position
"""
# The ids stand beside: of rows in JSON the planner thinks there are a hundred, and reads the whole table.
SAVE = """
    with x as materialized (
        select * from json_to_recordset($1::json) as x (
            id uuid, store_id uuid, status text, financial_status text, fulfilment_status text,
            counts boolean, refunded bigint, cancel_reason text, paid_at timestamptz,
            fulfilled_at timestamptz, cancelled_at timestamptz, held_until timestamptz,
            expires_at timestamptz, kind text, status_from text, status_to text, detail jsonb
        )
    ), told as (
        insert into sales_order_history
            (store_id, order_id, position, kind, status_from, status_to, actor, detail, at)
        select x.store_id, x.id, coalesce((
                select max(h.position) from sales_order_history h
                where h.store_id = x.store_id and h.order_id = x.id), 0) + 1,
            x.kind, x.status_from, x.status_to, $2, x.detail, $3
        from x
    )
    update sales_order o set
        status = x.status, financial_status = x.financial_status, fulfilment_status = x.fulfilment_status,
        counts = x.counts, refunded = x.refunded, cancel_reason = x.cancel_reason, paid_at = x.paid_at,
        fulfilled_at = x.fulfilled_at, cancelled_at = x.cancelled_at, held_until = x.held_until,
        expires_at = x.expires_at, version = o.version + 1, updated_at = $3
    from x where o.store_id = x.store_id and o.id = x.id and o.id = any($4::uuid[])
"""
SAVE_LINES = """
    update sales_order_line l set fulfilment = x.fulfilment, shipped = x.shipped, returned = x.returned,
        refunded = x.refunded, restocked = x.restocked
    from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::int[], $6::int[], $7::int[], $8::int[])
        as x (store_id, order_id, position, fulfilment, shipped, returned, refunded, restocked)
    where l.store_id = x.store_id and l.order_id = x.order_id and l.position = x.position
"""
# Locked by a statement of its own, so that the counting sees what others have committed meanwhile.
LOCK_CUSTOMERS = """
    select from sales_customer c join unnest($1::uuid[], $2::uuid[]) w (store_id, id) using (store_id, id)
    order by c.store_id, c.id for no key update of c
"""
GIVE_BACK = """
    with used as materialized (
        select u.store_id, u.discount_id, u.order_id, u.shoppers
        from sales_discount_use u join unnest($1::uuid[], $2::uuid[]) w (store_id, order_id)
            using (store_id, order_id)
    ), locked as materialized (
        select d.id from sales_discount d where d.id in (select discount_id from used)
        order by d.id for no key update
    ), gone as (
        delete from sales_discount_use u using used, locked
        where u.store_id = used.store_id and u.order_id = used.order_id
            and u.discount_id = used.discount_id and locked.id = u.discount_id
        returning u.store_id, u.discount_id, u.shoppers
    ), counted as (
        update sales_discount d set used = d.used - g.uses, updated_at = $3
        from (select discount_id, count(*)::int as uses from gone group by 1) g where d.id = g.discount_id
    )
    update sales_discount_shopper s set used = s.used - g.uses
    from (
        select store_id, discount_id, shopper, count(*)::int as uses
        from gone, unnest(shoppers) as shopper group by 1, 2, 3
    ) g
    where s.store_id = g.store_id and s.discount_id = g.discount_id and s.shopper = g.shopper
"""


class _Row(msgspec.Struct):
    """What SAVE reads; the fields are named like the columns."""

    id: UUID
    store_id: UUID
    status: str
    financial_status: str
    fulfilment_status: str
    counts: bool
    refunded: int
    cancel_reason: str
    paid_at: datetime | None
    fulfilled_at: datetime | None
    cancelled_at: datetime | None
    held_until: datetime | None
    expires_at: datetime | None
    kind: str
    status_from: str | None
    status_to: str | None
    detail: msgspec.Raw


def _row(order: OrderState, entry: Entry) -> _Row:
    own = {name: getattr(order, name) for name in _Row.__struct_fields__ if hasattr(order, name)}
    return _Row(**own, **msgspec.structs.asdict(entry))


def _keys(orders: Collection[OrderState]) -> tuple[list[UUID], list[UUID]]:
    return [order.store_id for order in orders], [order.id for order in orders]


class PgOrderMoves:
    """See OrderMoves in the module's ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def lock(
        self,
        *,
        store_id: UUID | None = None,
        order_ids: Collection[UUID] = (),
        checkout_id: UUID | None = None,
        lines: bool = True,
    ) -> list[OrderState]:
        if checkout_id is not None and lines:
            return await self._lock_whole(checkout_id, store_id)
        if checkout_id is not None:
            rows = await self._work.raw.fetch(LOCK_CHECKOUT, checkout_id, store_id)
        else:
            rows = await self._work.raw.fetch(LOCK, list(order_ids), store_id)
        return await self._with_lines(rows) if lines else [OrderState(**dict(row)) for row in rows]

    async def _lock_whole(self, checkout_id: UUID, store_id: UUID | None) -> list[OrderState]:
        rows = await self._work.raw.fetch(LOCK_WHOLE, checkout_id, store_id)
        orders: dict[UUID, OrderState] = {}
        lines: dict[UUID, list[OrderPiece]] = defaultdict(list)
        for row in rows:
            values = tuple(row)
            if row["id"] not in orders:
                orders[row["id"]] = OrderState(**dict(zip(STATE, values, strict=False)))
            piece = dict(zip(PIECES_OF, values[len(STATE) :], strict=False))
            if piece["position"] is not None:
                lines[row["id"]].append(OrderPiece(**piece))
        if not all(row["same"] for row in rows):
            lines = await self._pieces(list(orders.values()))
        return [msgspec.structs.replace(order, lines=tuple(lines[key])) for key, order in orders.items()]

    async def _with_lines(self, rows: Sequence[Record]) -> list[OrderState]:
        orders = [OrderState(**dict(row)) for row in rows]
        lines = await self._pieces(orders)
        return [msgspec.structs.replace(order, lines=tuple(lines[order.id])) for order in orders]

    async def _pieces(self, orders: Collection[OrderState]) -> dict[UUID, list[OrderPiece]]:
        lines: dict[UUID, list[OrderPiece]] = defaultdict(list)
        if orders:
            for order_id, *values in await self._work.raw.fetch(PIECES, *_keys(orders)):
                lines[order_id].append(OrderPiece(**dict(zip(PIECES_OF, values, strict=True))))
        return lines

    async def save(
        self, changed: Sequence[tuple[OrderState, Entry]], *, actor: str, now: datetime
    ) -> list[OrderState]:
        if changed:
            body = msgspec.json.encode([_row(order, entry) for order, entry in changed]).decode()
            await self._work.raw.execute(SAVE, body, actor, now, [order.id for order, _ in changed])
        return [msgspec.structs.replace(order, version=order.version + 1) for order, _ in changed]

    async def save_lines(self, orders: Sequence[OrderState]) -> None:
        every = [(order, line) for order in orders for line in order.lines]
        await self._work.raw.execute(
            SAVE_LINES,
            [order.store_id for order, _ in every],
            [order.id for order, _ in every],
            [line.position for _, line in every],
            [line.fulfilment for _, line in every],
            [line.shipped for _, line in every],
            [line.returned for _, line in every],
            [line.refunded for _, line in every],
            [line.restocked for _, line in every],
        )

    async def recount(self, orders: Collection[OrderState]) -> None:
        known = sorted({(o.store_id, o.customer_id) for o in orders if o.customer_id is not None})
        if not known:
            return
        await self._work.raw.execute(LOCK_CUSTOMERS, [s for s, _ in known], [c for _, c in known])
        for store_id in sorted({store for store, _ in known}):
            await self._work.raw.execute(RECOUNT, store_id, [c for s, c in known if s == store_id])

    async def give_back_discounts(self, orders: Collection[OrderState], *, now: datetime) -> None:
        if orders:
            await self._work.raw.execute(GIVE_BACK, *_keys(orders), now)
