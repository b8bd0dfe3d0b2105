"""Orders placed: each step one statement, however many stores are bought from."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.sales.bought import BUYERS
from shoplytics.adapters.postgres.sales.checkouts import HOLD, LIFE
from shoplytics.adapters.postgres.sales.rows import line_view, order_of
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.ports import Buyer, NewCheckout, NewOrder, OrderState, PlacedOrder, Use
from shoplytics.ports.sales import HistoryView, OrderStatus

# `locked` waits for whoever uses one of them and then sees its newest count; the table's CHECK stands behind.
USE = """
    with wanted as (
        select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as w (store_id, order_id, discount_id)
    ), locked as materialized (
        select d.id, d.store_id, d.limit_per_shopper, w.order_id,
            d.active and d.deleted_at is null and d.used < coalesce(d.limit_total, d.used + 1) as free
        from wanted w join sales_discount d on d.store_id = w.store_id and d.id = w.discount_id
        order by d.id for no key update of d
    ), counted as (
        update sales_discount d set used = d.used + 1, updated_at = $5
        from locked l where d.id = l.id and l.free
    ), asked as (
        select l.store_id, l.id, l.limit_per_shopper, shopper
        from locked l, unnest($4::bytea[]) as shopper where l.free
    ), by_shopper as (
        insert into sales_discount_shopper as s (store_id, discount_id, shopper, used)
        select store_id, id, shopper, 1 from asked order by id, shopper
        on conflict (store_id, discount_id, shopper) do update set used = s.used + 1
            where s.used < coalesce((
                select d.limit_per_shopper from sales_discount d where d.id = s.discount_id), s.used + 1)
        returning discount_id
    ), told as (
        insert into sales_discount_use (store_id, order_id, discount_id, shoppers, created_at)
        select store_id, order_id, id, $4, $5 from locked where free
    )
    select l.id from locked l
    where l.free and (select count(*) from by_shopper b where b.discount_id = l.id) = cardinality($4)
"""
ORDER_COLUMNS = {
    "id": "uuid",
    "store_id": "uuid",
    "source": "text",
    "status": "text",
    "financial_status": "text",
    "fulfilment_status": "text",
    "counts": "boolean",
    "currency": "text",
    "gross": "bigint",
    "subtotal": "bigint",
    "discount": "bigint",
    "shipping": "bigint",
    "tax": "bigint",
    "tax_included": "bigint",
    "shipping_tax": "bigint",
    "shipping_tax_included": "bigint",
    "total": "bigint",
    "refunded": "bigint",
    "customer_id": "uuid",
    "user_id": "uuid",
    "email": "text",
    "phone": "text",
    "checkout_id": "uuid",
    "session_id": "bigint",
    "placed_at": "timestamptz",
    "shipping_method": "text",
    "discount_codes": "text[]",
    "discounts": "jsonb",
    "taxes": "jsonb",
}
LINE_COLUMNS = {
    "store_id": "uuid",
    "order_id": "uuid",
    "position": "int",
    "product_id": "uuid",
    "variant_id": "uuid",
    "offer_id": "uuid",
    "sku": "text",
    "title": "text",
    "variant_title": "text",
    "image_url": "text",
    "quantity": "int",
    "unit_price": "bigint",
    "discount": "bigint",
    "total": "bigint",
    "tax": "bigint",
    "tax_included": "bigint",
    "requires_shipping": "boolean",
    "taxable": "boolean",
    "fulfilment": "text",
}
_NAMES = ", ".join(ORDER_COLUMNS)
_TYPED = ", ".join(f"{name} {kind}" for name, kind in ORDER_COLUMNS.items())
_LINE_NAMES = ", ".join(LINE_COLUMNS)
_LINE_TYPED = ", ".join(f"{name} {kind}" for name, kind in LINE_COLUMNS.items())
# The row that counts a store's orders is the one that all its buyers want: it is locked at the end, after the
# store's record of the buyer, whom only who has shown that the address is theirs is tied to.
PLACE = f"""
    with x as materialized (
        select * from json_to_recordset($1::json) as x ({_TYPED})
    ), checkout as (
        insert into sales_checkout (id, user_id, token_hash, email, currency, total, cart_id)
        values ($3, $4, $5, $6, $7, $8, $9)
    ), line as (
        insert into sales_order_line ({_LINE_NAMES})
        select {_LINE_NAMES} from json_to_recordset($2::json) as l ({_LINE_TYPED})
    ), told as (
        insert into sales_order_history (store_id, order_id, position, kind, status_to, actor, at)
        select store_id, id, 1, 'placed', status, $13, placed_at from x
    ), emptied as (
        delete from sales_cart_line where cart_id = $9
    ), cart as (
        update sales_cart set updated_at = x.placed_at, currency = null, codes = '{{}}'
        from (select min(placed_at) as placed_at from x) x where id = $9
    ), known as (
        insert into sales_customer as c (id, store_id, currency, email, name, phone, user_id, order_count,
            spent, first_order_at, last_order_at)
        select customer_id, store_id, currency, email, $14, phone, $15, 1, total, placed_at, placed_at
        from x order by store_id
        on conflict (store_id, email) where deleted_at is null and email is not null do update set
            name = case when c.name = '' then excluded.name else c.name end,
            phone = coalesce(c.phone, excluded.phone),
            user_id = coalesce(c.user_id, excluded.user_id),
            order_count = c.order_count + 1,
            spent = c.spent + case when c.currency = excluded.currency then excluded.spent else 0 end,
            first_order_at = least(c.first_order_at, excluded.first_order_at),
            last_order_at = greatest(c.last_order_at, excluded.last_order_at),
            version = c.version + 1,
            updated_at = excluded.last_order_at
        returning store_id, id
    ), numbered as (
        insert into sales_number as n (store_id, last) select store_id, 1001 from known order by store_id
        on conflict (store_id) do update set last = n.last + 1
        returning store_id, last
    )
    insert into sales_order ({_NAMES}, external_key, number, shipping_address, billing_address, note,
        held_until, expires_at)
    select {", ".join("k.id" if name == "customer_id" else f"x.{name}" for name in ORDER_COLUMNS)},
        n.last::text, n.last::text, $10::jsonb, $11::jsonb, $12, now() + {HOLD}, now() + {LIFE}
    from x join numbered n on n.store_id = x.store_id join known k on k.store_id = x.store_id
    returning {BUYERS}, customer_id as customer
"""


def _orders(orders: Sequence[NewOrder], buyer: Buyer) -> str:
    rows = []
    for order in orders:
        own = msgspec.structs.asdict(order.state)
        rest = {
            "customer_id": new_id(),  # unless the store knows the buyer
            "phone": buyer.phone,
            "shipping_method": order.shipping_method,
            "discount_codes": order.discount_codes,
            "discounts": order.discounts,
            "taxes": order.taxes,
        }
        rows.append({name: (own | rest)[name] for name in ORDER_COLUMNS})
    return to_json(rows).decode()


def _lines(orders: Sequence[NewOrder]) -> str:
    rows = []
    for order in orders:
        key = {"store_id": order.state.store_id, "order_id": order.state.id}
        for line in order.state.lines:
            own = msgspec.structs.asdict(line) | key
            rows.append({name: own[name] for name in LINE_COLUMNS})
    return to_json(rows).decode()


class PgOrderPlacing:
    """See OrderPlacing in the module's ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def use_discounts(
        self, uses: Sequence[Use], *, shoppers: Sequence[bytes], now: datetime
    ) -> Collection[UUID]:
        if not uses:
            return set()
        rows = await self._work.raw.fetch(
            USE,
            [use.store_id for use in uses],
            [use.order_id for use in uses],
            [use.discount_id for use in uses],
            list(shoppers),
            now,
        )
        return {row[0] for row in rows}

    async def place(
        self, checkout: NewCheckout, orders: Sequence[NewOrder], *, actor: str
    ) -> Sequence[PlacedOrder]:
        rows = await self._work.raw.fetch(
            PLACE,
            _orders(orders, checkout.buyer),
            _lines(orders),
            checkout.id,
            checkout.buyer.user_id,
            checkout.token_hash,
            checkout.buyer.email,
            checkout.currency,
            checkout.total,
            checkout.cart_id,
            to_json(checkout.shipping_address).decode(),
            to_json(checkout.billing_address).decode(),
            checkout.note,
            actor,
            checkout.buyer.name,
            checkout.buyer.user_id if checkout.buyer.proved else None,
        )
        made = {row["id"]: dict(row) for row in rows}
        return [_placed(order.state, made[order.state.id], actor) for order in orders]


def _placed(order: OrderState, row: dict[str, Any], actor: str) -> PlacedOrder:
    state = msgspec.structs.replace(
        order,
        customer_id=row.pop("customer"),
        number=row["number"],
        held_until=row["held_until"],
        expires_at=row["expires_at"],
    )
    view = order_of(row, [line_view(line, order.currency) for line in order.lines])
    status = OrderStatus(order.status)
    view.history = [
        HistoryView(
            kind="placed", status_from=None, status_to=status, by=_who(actor, order), at=order.placed_at
        )
    ]
    return PlacedOrder(state=state, view=view)


def _who(actor: str, order: OrderState) -> str:
    """As the history of whole.py tells it."""
    if actor in {"anonymous", f"user:{order.user_id}"}:
        return "shopper"
    return "system" if actor.startswith("system") else "store"
