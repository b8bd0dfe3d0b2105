"""Customers changed, taken out and forgotten by their store."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.sales.rows import CUSTOMER, customer_of
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import DbRole
from shoplytics.ports.sales import CustomerView

CUSTOMERS_A_PAGE = 1_000
TAKE = f"""
    select {CUSTOMER} from sales_customer
    where store_id = $1 and id = $2 and deleted_at is null for no key update
"""
SAVE = f"""
    update sales_customer set name = $3, phone = $4, note = $5, tags = $6, version = version + 1,
        updated_at = $7
    where store_id = $1 and id = $2 returning {CUSTOMER}
"""
UNDER_WAY = """
    select count(*) from sales_order
    where store_id = $1 and customer_id = $2 and source = 'native'
        and status in ('created', 'pending', 'processing') and deleted_at is null
"""
# By their record, and by their address where an order has no record.
ERASE_ORDERS = """
    with theirs as materialized (
        select id from sales_order
        where store_id = $1 and (customer_id = $2 or customer_id is null and email = $3::text)
        order by id for no key update
    )
    update sales_order o set email = null, phone = null, billing_address = null, shipping_address = null,
        note = '', staff_note = '', cancel_reason = '', accepts_marketing = false, version = o.version + 1,
        updated_at = $4
    from theirs where o.store_id = $1 and o.id = theirs.id
    returning o.checkout_id
"""
# A checkout that other stores' orders belong to is theirs, too: the last to forget takes the address away.
ERASE_CHECKOUTS = """
    update sales_checkout c set email = ''
    where c.id = any($1::uuid[]) and not exists (
        select from sales_order o where o.checkout_id = c.id and o.email is not null)
"""
# The cart stays its owner's; nobody is reminded of it at that address.
ERASE_CARTS = """
    update sales_cart c set email = null
    where c.email = $2::text and (
        exists (select from sales_cart_line l where l.cart_id = c.id and l.store_id = $1)
        or c.id in (select k.cart_id from sales_checkout k where k.id = any($3::uuid[])))
"""
ERASE_REASONS = """
    with theirs as materialized (
        select id from sales_order where store_id = $1 and customer_id = $2
    ), returned as (
        update sales_return r set reason = '' from theirs where r.store_id = $1 and r.order_id = theirs.id
    )
    update sales_refund r set reason = '' from theirs where r.store_id = $1 and r.order_id = theirs.id
"""
ERASE = """
    update sales_customer set email = null, name = '', phone = null, note = '', tags = '{}', user_id = null,
        external_id = null, accepts_marketing = false, version = version + 1, updated_at = $3,
        deleted_at = $3
    where store_id = $1 and id = $2
"""
PAGE = f"""
    select {CUSTOMER} from sales_customer
    where store_id = $1 and deleted_at is null
        and (created_at, id) > (coalesce($2::timestamptz, '-infinity'), $3::uuid)
    order by created_at, id limit $4
"""


class PgCustomers:
    """See CustomerRecords in the module's ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def take(self, *, store_id: UUID, customer_id: UUID) -> CustomerView | None:
        row = await self._work.raw.fetchrow(TAKE, store_id, customer_id)
        return None if row is None else customer_of(row)

    async def save(self, customer: CustomerView, *, now: datetime) -> CustomerView:
        c = customer
        row = await self._work.raw.fetchrow(SAVE, c.store_id, c.id, c.name, c.phone, c.note, c.tags, now)
        assert row is not None  # noqa: S101 - it is locked
        return customer_of(row)

    async def under_way(self, customer: CustomerView) -> int:
        found: int = await self._work.raw.fetchval(UNDER_WAY, customer.store_id, customer.id)
        return found

    async def erase(self, customer: CustomerView, *, now: datetime) -> Sequence[UUID]:
        key, raw = (customer.store_id, customer.id), self._work.raw
        rows = await raw.fetch(ERASE_ORDERS, *key, customer.email, now)
        checkouts = sorted({row[0] for row in rows if row[0] is not None})
        await raw.execute(ERASE_REASONS, *key)
        await raw.execute(ERASE_CHECKOUTS, checkouts)
        await raw.execute(ERASE_CARTS, customer.store_id, customer.email, checkouts)
        await raw.execute(ERASE, *key, now)
        return checkouts


class PgCustomerPages:
    """See CustomerPages in the module's ports. A slow reader holds no transaction open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all_customers(
        self, *, store_id: UUID, within: Sequence[UUID]
    ) -> AsyncIterator[Sequence[CustomerView]]:
        last: CustomerView | None = None
        while True:
            after = (last.created_at, last.id) if last else (None, UUID(int=0))
            async with self._database.work(DbRole.STORE, store_ids=within) as work:
                rows = await work.raw.fetch(PAGE, store_id, *after, CUSTOMERS_A_PAGE)
            if rows:
                yield [customer_of(row) for row in rows]
                last = customer_of(rows[-1])
            if len(rows) < CUSTOMERS_A_PAGE:
                return
