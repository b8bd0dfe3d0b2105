"""An order whole: with its lines, parcels and history in the statement that reads it, as `sales_order o`."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from shoplytics.adapters.postgres.sales.rows import PIECE, WHOLE, line_view, order_of
from shoplytics.kernel.codec import from_json
from shoplytics.kernel.money import Money
from shoplytics.modules.sales.ports import OrderPiece
from shoplytics.ports.sales import (
    FulfilmentView,
    HistoryView,
    OrderView,
    RefundView,
    ReturnView,
    ShippedPieces,
    StoreOrderView,
)

LINES = f"""
    (select json_agg(l order by l.position) from (
        select {PIECE} from sales_order_line l where l.store_id = o.store_id and l.order_id = o.id
    ) l)::text as lines
"""
PARCELS = """
    (select json_agg(f order by f.id) from (
        select f.id, f.tracking_number, f.carrier, f.lines, f.created_at
        from sales_fulfilment f where f.store_id = o.store_id and f.order_id = o.id
    ) f)::text as fulfilments
"""
_HISTORY = """
    (select json_agg(h order by h.position) from (
        select h.position, h.kind, h.status_from, h.status_to, h.at, {actor} case
            when h.actor = 'anonymous' or h.actor = 'user:' || o.user_id then 'shopper'
            when h.actor like 'system%' then 'system' else 'store' end as by
        from sales_order_history h where h.store_id = o.store_id and h.order_id = o.id
    ) h)::text as history
"""
HISTORY = _HISTORY.format(actor="")
RETURNS = """
    (select json_agg(r order by r.id) from (
        select r.id, r.lines, r.reason, r.restocked, r.created_at
        from sales_return r where r.store_id = o.store_id and r.order_id = o.id
    ) r)::text as returns
"""
REFUNDS = """
    (select json_agg(r order by r.id) from (
        select r.id, r.amount, r.lines, r.reason, r.restocked, r.created_at
        from sales_refund r where r.store_id = o.store_id and r.order_id = o.id
    ) r)::text as refunds
"""
ALL_HISTORY = _HISTORY.format(actor="h.actor,")
_STORES = f"{WHOLE}, staff_note, {LINES}, {PARCELS}, {ALL_HISTORY}, {RETURNS}, {REFUNDS}"
STORES_ORDER = f"""
    select {_STORES} from sales_order o where o.store_id = $1 and o.id = $2 and o.deleted_at is null
"""


class _Refund(msgspec.Struct):
    """As its row is, in minor units."""

    id: UUID
    amount: int
    lines: list[ShippedPieces]
    reason: str
    restocked: bool
    created_at: datetime


def whole_of(row: Record | dict[str, Any]) -> OrderView:
    """The rest of the row is what order_of knows."""
    currency = row["currency"]
    found = dict(row)
    lines, parcels, history = (found.pop(name) or "[]" for name in ("lines", "fulfilments", "history"))
    order = order_of(found, [line_view(one, currency) for one in from_json(lines, list[OrderPiece])])
    order.fulfilments = from_json(parcels, list[FulfilmentView])
    order.history = from_json(history, list[HistoryView])
    return order


def stores_order_of(row: Record) -> StoreOrderView:
    found = dict(row)
    note, returns, refunds = found.pop("staff_note"), found.pop("returns"), found.pop("refunds")
    order = whole_of(found)
    return StoreOrderView(
        **{name: getattr(order, name) for name in OrderView.__struct_fields__},
        staff_note=note,
        returns=from_json(returns or "[]", list[ReturnView]),
        refunds=[
            RefundView(
                id=one.id,
                amount=Money(one.amount, order.total.currency),
                lines=one.lines,
                reason=one.reason,
                restocked=one.restocked,
                created_at=one.created_at,
            )
            for one in from_json(refunds or "[]", list[_Refund])
        ],
    )
