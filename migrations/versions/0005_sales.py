"""The tables of sales.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

from shoplytics.adapters.postgres.rls import READ, WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Counters are of the orders that are sales; `spent` is in minor units of `currency`, less refunds, and leaves
# out orders in another currency.
CUSTOMER = """
    create table sales_customer (
        id uuid primary key,
        store_id uuid not null,
        user_id uuid,
        external_id text,
        email text check (email = lower(email)),
        name text not null default '',
        phone text,
        accepts_marketing boolean not null default false,
        note text not null default '',
        tags text[] not null default '{}',
        currency char(3) not null,
        order_count int not null default 0,
        spent bigint not null default 0,
        first_order_at timestamptz,
        last_order_at timestamptz,
        version int not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz,
        unique (store_id, id)
    )
"""

# `external_key` is the external id, else the number; `counts` says whether it is a sale (ports/sales.py).
# Amounts are in minor units of `currency`: gross before discounts, subtotal after them.
ORDER = """
    create table sales_order (
        id uuid primary key,
        store_id uuid not null,
        source text not null,
        external_key text not null,
        external_id text,
        number text not null,
        status text not null check (status in
            ('created', 'pending', 'processing', 'shipped', 'completed', 'cancelled', 'refunded')),
        financial_status text not null check (financial_status in
            ('pending', 'authorized', 'partially_paid', 'paid', 'partially_refunded', 'refunded', 'voided')),
        fulfilment_status text not null check (fulfilment_status in
            ('unfulfilled', 'partial', 'fulfilled', 'restocked')),
        counts boolean not null,
        currency char(3) not null,
        gross bigint not null check (gross >= 0),
        subtotal bigint not null check (subtotal >= 0),
        discount bigint not null check (discount >= 0),
        shipping bigint not null check (shipping >= 0),
        tax bigint not null check (tax >= 0),
        total bigint not null check (total >= 0),
        refunded bigint not null check (refunded >= 0),
        customer_id uuid,
        user_id uuid,
        email text,
        phone text,
        accepts_marketing boolean not null default false,
        billing_address jsonb,
        shipping_address jsonb,
        note text not null default '',
        tags text[] not null default '{}',
        discount_codes text[] not null default '{}',
        placed_at timestamptz not null,
        paid_at timestamptz,
        fulfilled_at timestamptz,
        cancelled_at timestamptz,
        checkout_id uuid,
        session_id bigint,
        content_hash bytea,
        version int not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz,
        unique (store_id, id),
        constraint sales_order_key unique (store_id, source, external_key),
        foreign key (store_id, customer_id) references sales_customer (store_id, id)
    )
"""

# No foreign key to the order: PostgreSQL checks one row by row, two thirds of an import's time in the
# database. Lines are written in their order's own transaction only, and orders are never deleted.
LINE = """
    create table sales_order_line (
        store_id uuid not null,
        order_id uuid not null,
        position int not null,
        product_id uuid,
        variant_id uuid,
        sku text,
        title text not null,
        quantity int not null check (quantity >= 0),
        unit_price bigint not null check (unit_price >= 0),
        discount bigint not null check (discount >= 0),
        total bigint not null check (total >= 0),
        requires_shipping boolean not null default true,
        taxable boolean not null default true,
        fulfilment text not null check (fulfilment in ('unfulfilled', 'partial', 'fulfilled', 'restocked')),
        primary key (store_id, order_id, position)
    )
"""

LIVE = "where deleted_at is null"
UNIQUE_INDEXES = {
    "sales_customer_email": f"sales_customer (store_id, email) {LIVE} and email is not null",
    "sales_customer_external": f"sales_customer (store_id, external_id) {LIVE} and external_id is not null",
}
INDEXES = {
    "sales_customer_created": f"sales_customer (store_id, created_at, id) {LIVE}",
    "sales_customer_spent": f"sales_customer (store_id, spent, id) {LIVE}",
    "sales_customer_orders": f"sales_customer (store_id, order_count, id) {LIVE}",
    "sales_customer_last": (
        f"sales_customer (store_id, (coalesce(last_order_at, '-infinity'::timestamptz)), id) {LIVE}"
    ),
    "sales_order_placed": f"sales_order (store_id, placed_at, id) {LIVE}",
    "sales_order_customer": "sales_order (store_id, customer_id, placed_at, id)",
}

TABLES = [
    CUSTOMER,
    ORDER,
    LINE,
    *(f"create unique index {name} on {what}" for name, what in UNIQUE_INDEXES.items()),
    *(f"create index {name} on {what}" for name, what in INDEXES.items()),
]

OF_OWN_ORDER = "exists (select from sales_order o where o.id = order_id)"
STAFF = {DbRole.STORE: (WRITE, "store"), DbRole.SYSTEM: (WRITE, "all"), DbRole.PLATFORM: (WRITE, "all")}
RULES: dict[str, dict[DbRole, tuple[str, str]]] = {
    "sales_customer": {DbRole.USER: (READ, "user"), **STAFF},
    "sales_order": {DbRole.USER: (READ, "user"), **STAFF},
    "sales_order_line": {DbRole.USER: (READ, OF_OWN_ORDER), **STAFF},
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for statement in TABLES:
        op.execute(statement)
    for table, rules in RULES.items():
        for statement in protect(table, rules):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(RULES):
        op.execute(f"drop table {table}")
