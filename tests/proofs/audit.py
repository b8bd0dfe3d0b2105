"""An auditor: recomputes from the rows alone what orders, stock, discounts and payments have to be.

Read-only SQL that shares nothing with the product's. It looks at a database in which every order is native
and was placed with a cart, and nothing was returned to the shelf.
"""

from collections.abc import Mapping

import asyncpg

# Each finds what must not be.
RULES: Mapping[str, str] = {
    "more is promised than there is": """
        select id from catalog_offer where reserved < 0 or on_hand < reserved
    """,
    "reserved is not the sum of what is held": """
        select o.id from catalog_offer o where o.reserved <> coalesce(
            (select sum(r.quantity) from catalog_reservation r where r.offer_id = o.id), 0)
    """,
    "what is held is not what live orders ask for": """
        select coalesce(w.order_id, r.reference) from (
            select o.id as order_id, l.offer_id, sum(l.quantity) as quantity
            from sales_order o join sales_order_line l on l.order_id = o.id
            where o.status in ('created', 'pending') and o.held_until is not null group by 1, 2
        ) w full join catalog_reservation r on r.reference = w.order_id and r.offer_id = w.offer_id
        where w.quantity is distinct from r.quantity
    """,
    "what left the shelf is not what paid orders took": """
        select coalesce(w.order_id, m.reference) from (
            select o.id as order_id, l.offer_id, sum(l.quantity) as quantity
            from sales_order o join sales_order_line l on l.order_id = o.id
            where o.status in ('processing', 'shipped', 'completed') group by 1, 2
        ) w full join (
            select reference, offer_id, -sum(quantity) as quantity
            from catalog_stock_movement where kind = 'sold' group by 1, 2
        ) m on m.reference = w.order_id and m.offer_id = w.offer_id
        where w.quantity is distinct from m.quantity
    """,
    "on hand is not what the movements leave": """
        select o.id from catalog_offer o where o.on_hand <> coalesce(
            (select sum(m.quantity) from catalog_stock_movement m where m.offer_id = o.id), o.on_hand)
    """,
    "a discount's uses are not the orders that use it": """
        select coalesce(w.order_id, u.order_id) from (
            select o.id as order_id, (d ->> 'id')::uuid as discount_id
            from sales_order o cross join jsonb_array_elements(o.discounts) d where o.status <> 'cancelled'
        ) w full join sales_discount_use u using (order_id, discount_id)
        where w.order_id is null or u.order_id is null
        union all
        select d.id from sales_discount d where d.used > d.limit_total
            or d.used <> (select count(*) from sales_discount_use u where u.discount_id = d.id)
        union all
        select s.discount_id from sales_discount_shopper s join sales_discount d on d.id = s.discount_id
        where s.used > d.limit_per_shopper or s.used <> (select count(*) from sales_discount_use u
            where u.discount_id = s.discount_id and s.shopper = any (u.shoppers))
    """,
    "a cart is full after its order, or empty without one": """
        select c.id from sales_cart c
        where exists (select from sales_cart_line l where l.cart_id = c.id)
            = exists (select from sales_checkout o where o.cart_id = c.id)
    """,
    "one cart has become two checkouts": """
        select cart_id from sales_checkout group by cart_id having count(*) > 1
    """,
    "a checkout is not the sum of its orders": """
        select c.id from sales_checkout c
        where c.total is distinct from (select sum(o.total) from sales_order o where o.checkout_id = c.id)
    """,
    "an order is not the sum of its parts": """
        select o.id from sales_order o left join (
            select order_id, sum(quantity * unit_price) as gross, sum(discount) as discount,
                sum(tax) as tax, sum(tax_included) as inside,
                bool_and(total = quantity * unit_price - discount) as fits
            from sales_order_line group by order_id
        ) l on l.order_id = o.id
        where (l.gross, l.discount, o.gross - o.discount, l.fits) is distinct from
                (o.gross, o.discount, o.subtotal, true)
            or l.tax + o.shipping_tax <> o.tax or l.inside + o.shipping_tax_included <> o.tax_included
            or o.total <> l.gross - l.discount + o.shipping + o.tax - o.tax_included
            or o.discount <> (select coalesce(sum((d ->> 'amount')::bigint), 0)
                from jsonb_array_elements(o.discounts) d)
            or o.tax <> (select coalesce(sum((t ->> 'amount')::bigint), 0)
                from jsonb_array_elements(o.taxes) t)
    """,
    "an order was placed without its events, or they without it": """
        select coalesce(o.id, e.order_id) from sales_order o full join (
            select distinct (payload ->> 'order_id')::uuid as order_id
            from platform_outbox where event_type = 'sales.order-placed'
        ) e on e.order_id = o.id
        where o.id is null or e.order_id is null
    """,
    "an order was paid without its events, or they without it": """
        select coalesce(o.id, e.order_id) from (
            select id from sales_order where paid_at is not null
        ) o full join (
            select distinct (payload ->> 'order_id')::uuid as order_id
            from platform_outbox where event_type = 'sales.order-paid'
        ) e on e.order_id = o.id
        where o.id is null or e.order_id is null
    """,
    "the reports were not told of an order as it is": """
        select o.id from sales_order o where not exists (
            select from platform_outbox e cross join jsonb_array_elements(e.payload -> 'orders') f
            where e.event_type = 'sales.orders-recorded' and (f ->> 'order_id')::uuid = o.id
                and (f ->> 'total')::bigint = o.total and (f ->> 'paid')::boolean = (o.paid_at is not null)
        )
    """,
    "an order's history does not lead to where it is": """
        select o.id from sales_order o left join (
            select order_id, count(*) filter (where kind = 'placed') as placed,
                count(*) filter (where kind = 'pay') as paid,
                (array_agg(status_to order by position desc) filter (where status_to is not null))[1] as last
            from sales_order_history group by order_id
        ) h on h.order_id = o.id
        where h.placed is distinct from 1 or h.last is distinct from o.status
            or (h.paid = 1) <> (o.paid_at is not null) or h.paid > 1
    """,
    "a payment is settled and its orders are not paid, or other than it": """
        select p.id from payments_payment p
        left join (
            select s.payment_id, sum(s.amount) as amount, bool_and(s.status = 'settled') as settled,
                bool_and(o.paid_at is not null) as paid, bool_and(o.total = s.amount) as fits
            from payments_share s join sales_order o on o.id = s.order_id group by 1
        ) s on s.payment_id = p.id
        where (s.amount, s.fits) is distinct from (p.amount, true)
            or (p.status = 'settled') is distinct from s.settled or (p.status = 'settled' and not s.paid)
    """,
    "an order is paid and nothing has paid it": """
        select o.id from sales_order o where o.paid_at is not null and o.total > 0 and 1 <> (
            select count(*) from payments_share s where s.order_id = o.id and s.status = 'settled')
    """,
    "a customer's orders are miscounted": """
        select c.id from sales_customer c cross join lateral (
            select count(*) as orders, coalesce(sum(o.total - o.refunded), 0) as spent
            from sales_order o where o.customer_id = c.id and o.counts
        ) o where (c.order_count, c.spent) is distinct from (o.orders, o.spent)
    """,
}


async def audit(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """What is wrong, all of it, as at one moment."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        found = [(rule, await connection.fetch(sql)) for rule, sql in RULES.items()]
    return [f"{rule}: {', '.join(str(row[0]) for row in rows[:5])}" for rule, rows in found if rows]
