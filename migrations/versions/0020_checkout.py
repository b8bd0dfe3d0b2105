"""Carts, discounts, rates, checkouts, and what happens to an order.

Revision ID: 0020
Revises: 0018
"""

from alembic import op

from shoplytics.adapters.postgres.rls import APPEND, READ, WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None

# A cart is a user's (one each) or a guest's, who has its token; it belongs to no store.
CART = """
    create table sales_cart (
        id uuid primary key,
        user_id uuid,
        token_hash bytea,
        currency char(3),
        email text check (email = lower(email)),
        codes text[] not null default '{}',
        session_id bigint,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
    )
"""
# `unit_price` and `title` are as the shopper saw them last: what checkout compares with today's.
CART_LINE = """
    create table sales_cart_line (
        id uuid primary key,
        cart_id uuid not null references sales_cart on delete cascade,
        store_id uuid not null,
        offer_id uuid not null,
        product_id uuid not null,
        variant_id uuid not null,
        title text not null,
        quantity int not null check (quantity between 1 and 9999),
        unit_price bigint not null check (unit_price >= 0),
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        unique (cart_id, offer_id)
    )
"""
# One mail a cart and store; `token_hash` is of the link that brings the cart back.
RECOVERY = """
    create table sales_cart_recovery (
        cart_id uuid not null references sales_cart on delete cascade,
        store_id uuid not null,
        token_hash bytea not null,
        sent_at timestamptz not null default now(),
        opened_at timestamptz,
        primary key (cart_id, store_id)
    )
"""
# `rate` in parts per million; `amount` and `minimum` in minor units of `currency`.
DISCOUNT = """
    create table sales_discount (
        id uuid primary key,
        store_id uuid not null,
        title text not null,
        code text,
        kind text not null check (kind in ('percent', 'amount', 'free_items')),
        rate int not null default 0 check (rate between 0 and 1000000),
        amount bigint not null default 0 check (amount >= 0),
        currency char(3) not null,
        buy int not null default 0 check (buy >= 0),
        get int not null default 0 check (get >= 0),
        scope text not null default 'all' check (scope in ('all', 'products', 'categories')),
        targets uuid[] not null default '{}',
        minimum bigint not null default 0 check (minimum >= 0),
        minimum_quantity int not null default 0 check (minimum_quantity >= 0),
        starts_at timestamptz,
        ends_at timestamptz,
        limit_total int check (limit_total > 0),
        limit_per_shopper int check (limit_per_shopper > 0),
        used int not null default 0,
        combines boolean not null default false,
        active boolean not null default true,
        version int not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz,
        constraint sales_discount_limit check (used >= 0 and used <= coalesce(limit_total, used)),
        unique (store_id, id)
    )
"""
# How often a shopper (`user:<id>` and `email:<address>`, hashed) has used one; the CHECK is the last wall.
DISCOUNT_SHOPPER = """
    create table sales_discount_shopper (
        store_id uuid not null,
        discount_id uuid not null,
        shopper bytea not null,
        used int not null check (used >= 0),
        primary key (store_id, discount_id, shopper),
        foreign key (store_id, discount_id) references sales_discount (store_id, id) on delete cascade
    )
"""
# What an order used; deleted when it is cancelled, and with it the counters go back.
DISCOUNT_USE = """
    create table sales_discount_use (
        store_id uuid not null,
        order_id uuid not null,
        discount_id uuid not null,
        shoppers bytea[] not null,
        created_at timestamptz not null default now(),
        primary key (store_id, order_id, discount_id),
        foreign key (store_id, discount_id) references sales_discount (store_id, id) on delete cascade
    )
"""
SHIPPING_RATE = """
    create table sales_shipping_rate (
        id uuid primary key,
        store_id uuid not null,
        name text not null,
        amount bigint not null check (amount >= 0),
        currency char(3) not null,
        free_from bigint check (free_from >= 0),
        places jsonb not null default '[]',
        active boolean not null default true,
        version int not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz,
        unique (store_id, id)
    )
"""
TAX_RATE = """
    create table sales_tax_rate (
        id uuid primary key,
        store_id uuid not null,
        name text not null,
        rate int not null check (rate between 0 and 1000000),
        inclusive boolean not null default false,
        on_shipping boolean not null default true,
        places jsonb not null default '[]',
        active boolean not null default true,
        version int not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz,
        unique (store_id, id)
    )
"""
# What was bought in one go, to be paid in one go; `token_hash` is of the guest's X-Order-Token.
CHECKOUT = """
    create table sales_checkout (
        id uuid primary key,
        user_id uuid,
        token_hash bytea not null,
        email text not null check (email = lower(email)),
        currency char(3) not null,
        total bigint not null check (total >= 0),
        cart_id uuid,
        created_at timestamptz not null default now()
    )
"""
NUMBER = "create table sales_number (store_id uuid primary key, last bigint not null)"

# Of a native order that is neither paid nor cancelled: at `expires_at` it is cancelled, and while something
# is held for it `held_until` says for how long.
ORDER_COLUMNS = """
    alter table sales_order
        add column tax_included bigint not null default 0 check (tax_included between 0 and tax),
        add column shipping_tax bigint not null default 0 check (shipping_tax >= 0),
        add column shipping_tax_included bigint not null default 0 check (shipping_tax_included >= 0),
        add column shipping_method text not null default '',
        add column discounts jsonb not null default '[]',
        add column taxes jsonb not null default '[]',
        add column staff_note text not null default '',
        add column cancel_reason text not null default '',
        add column held_until timestamptz,
        add column expires_at timestamptz
"""
# `restocked` are pieces that were never shipped and are on the shelf again.
LINE_COLUMNS = """
    alter table sales_order_line
        add column offer_id uuid,
        add column variant_title text not null default '',
        add column image_url text,
        add column tax bigint not null default 0 check (tax >= 0),
        add column tax_included bigint not null default 0 check (tax_included >= 0),
        add column shipped int not null default 0 check (shipped >= 0),
        add column returned int not null default 0 check (returned >= 0),
        add column refunded int not null default 0 check (refunded >= 0),
        add column restocked int not null default 0 check (restocked >= 0),
        add constraint sales_order_line_pieces check
            (shipped + restocked <= quantity and returned <= shipped and refunded <= quantity)
"""
# What happened to an order, in the order it happened: `status_from` and `status_to` are null for what moved
# nothing (a note, a part shipped).
HISTORY = """
    create table sales_order_history (
        store_id uuid not null,
        order_id uuid not null,
        position int not null,
        kind text not null,
        status_from text,
        status_to text,
        actor text not null,
        detail jsonb not null default '{}',
        at timestamptz not null default now(),
        primary key (store_id, order_id, position)
    )
"""
FULFILMENT = """
    create table sales_fulfilment (
        id uuid primary key,
        store_id uuid not null,
        order_id uuid not null,
        tracking_number text,
        carrier text,
        lines jsonb not null,
        actor text not null,
        created_at timestamptz not null default now()
    )
"""
# `lines` of returns and refunds: [{"position": 1, "quantity": 2}].
RETURN = """
    create table sales_return (
        id uuid primary key,
        store_id uuid not null,
        order_id uuid not null,
        lines jsonb not null,
        reason text not null default '',
        restocked boolean not null,
        actor text not null,
        created_at timestamptz not null default now()
    )
"""
REFUND = """
    create table sales_refund (
        id uuid primary key,
        store_id uuid not null,
        order_id uuid not null,
        amount bigint not null check (amount > 0),
        currency char(3) not null,
        lines jsonb not null default '[]',
        reason text not null default '',
        restocked boolean not null,
        actor text not null,
        created_at timestamptz not null default now()
    )
"""

LIVE = "where deleted_at is null"
UNIQUE_INDEXES = {
    "sales_cart_user": "sales_cart (user_id) where user_id is not null",
    "sales_cart_token": "sales_cart (token_hash) where token_hash is not null",
    "sales_cart_recovery_token": "sales_cart_recovery (token_hash)",
    "sales_discount_code": f"sales_discount (store_id, lower(code)) {LIVE} and code is not null",
    "sales_checkout_token": "sales_checkout (token_hash)",
}
INDEXES = {
    "sales_cart_updated": "sales_cart (updated_at)",
    "sales_cart_line_store": "sales_cart_line (store_id, updated_at, cart_id)",
    "sales_discount_created": f"sales_discount (store_id, created_at, id) {LIVE}",
    "sales_discount_use_of": "sales_discount_use (store_id, discount_id)",
    "sales_shipping_rate_created": f"sales_shipping_rate (store_id, created_at, id) {LIVE}",
    "sales_tax_rate_created": f"sales_tax_rate (store_id, created_at, id) {LIVE}",
    "sales_order_held": "sales_order (held_until) where held_until is not null",
    "sales_order_open": "sales_order (expires_at) where expires_at is not null",
    "sales_order_checkout": "sales_order (checkout_id) where checkout_id is not null",
    "sales_order_user": "sales_order (user_id, placed_at, id) where user_id is not null",
    "sales_fulfilment_order": "sales_fulfilment (store_id, order_id, id)",
    "sales_return_order": "sales_return (store_id, order_id, id)",
    "sales_refund_order": "sales_refund (store_id, order_id, id)",
}
TABLES = [
    CART,
    CART_LINE,
    RECOVERY,
    DISCOUNT,
    DISCOUNT_SHOPPER,
    DISCOUNT_USE,
    SHIPPING_RATE,
    TAX_RATE,
    CHECKOUT,
    NUMBER,
    ORDER_COLUMNS,
    LINE_COLUMNS,
    HISTORY,
    FULFILMENT,
    RETURN,
    REFUND,
    *(f"create unique index {name} on {what}" for name, what in UNIQUE_INDEXES.items()),
    *(f"create index {name} on {what}" for name, what in INDEXES.items()),
]

WITH_A_LINE = "exists (select from sales_cart_line l where l.cart_id = sales_cart.id)"
OF_OWN_ORDER = "exists (select from sales_order o where o.id = order_id)"
ALL = {DbRole.SYSTEM: (WRITE, "all"), DbRole.PLATFORM: (WRITE, "all")}
STAFF = {DbRole.STORE: (WRITE, "store"), **ALL}
OF_AN_ORDER = {DbRole.USER: (READ, OF_OWN_ORDER), **STAFF}
RULES: dict[str, dict[DbRole, tuple[str, str]]] = {
    "sales_cart": {DbRole.STORE: (READ, WITH_A_LINE), **ALL},
    "sales_cart_line": {DbRole.STORE: (READ, "store"), **ALL},
    "sales_cart_recovery": {DbRole.STORE: (WRITE, "store"), **ALL},
    "sales_discount": STAFF,
    "sales_discount_shopper": STAFF,
    "sales_discount_use": STAFF,
    "sales_shipping_rate": STAFF,
    "sales_tax_rate": STAFF,
    "sales_checkout": {DbRole.USER: (READ, "user"), **ALL},
    "sales_number": STAFF,
    "sales_order_history": {
        DbRole.USER: (READ, OF_OWN_ORDER),
        DbRole.STORE: (APPEND, "store"),
        DbRole.SYSTEM: (APPEND, "all"),
        DbRole.PLATFORM: (APPEND, "all"),
    },
    "sales_fulfilment": OF_AN_ORDER,
    "sales_return": OF_AN_ORDER,
    "sales_refund": OF_AN_ORDER,
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for statement in TABLES:
        op.execute(statement)
    for table, rules in RULES.items():
        for statement in protect(table, rules):
            op.execute(statement)


def downgrade() -> None:
    for name in ("sales_order_checkout", "sales_order_user", "sales_order_held", "sales_order_open"):
        op.execute(f"drop index {name}")
    for table in reversed(RULES):
        op.execute(f"drop table {table}")
    added = ["offer_id", "variant_title", "image_url", "tax", "tax_included", "shipped", "returned"]
    for column in (*added, "refunded", "restocked"):
        op.execute(f"alter table sales_order_line drop column {column} cascade")
    added = ["tax_included", "shipping_tax", "shipping_tax_included", "shipping_method", "discounts", "taxes"]
    for column in (*added, "staff_note", "cancel_reason", "held_until", "expires_at"):
        op.execute(f"alter table sales_order drop column {column}")
