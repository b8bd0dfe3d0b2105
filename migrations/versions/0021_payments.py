"""Attempts to pay checkouts, what of them is whose, and what happened to them.

Revision ID: 0021
Revises: 0020
"""

from alembic import op

from shoplytics.adapters.postgres.rls import APPEND, READ, WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KNOWN = "status in ('pending', 'settled', 'failed', 'abandoned', 'mismatch', 'late')"
# `claimed_until`: until then one request speaks with the provider about it. `paid_*` only where it is not
# what was asked for, or came too late.
PAYMENT = f"""
    create table payments_payment (
        id uuid primary key,
        checkout_id uuid not null,
        provider text not null,
        reference text not null,
        provider_reference text,
        status text not null check ({KNOWN}),
        amount bigint not null check (amount > 0),
        currency char(3) not null,
        paid_amount bigint,
        paid_currency text,
        user_id uuid,
        token_hash bytea,
        channels text[] not null default '{{}}',
        authorization_url text,
        access_code text,
        actor text not null,
        claimed_until timestamptz,
        checked_at timestamptz not null default now(),
        created_at timestamptz not null,
        settled_at timestamptz,
        check ((status = 'settled') = (settled_at is not null))
    )
"""
# The store's own view of it: the payment itself, which other stores have a part in, stays out of its sight.
SHARE = f"""
    create table payments_share (
        store_id uuid not null,
        payment_id uuid not null references payments_payment,
        order_id uuid not null,
        number text not null,
        provider text not null,
        reference text not null,
        status text not null check ({KNOWN}),
        amount bigint not null check (amount >= 0),
        currency char(3) not null,
        created_at timestamptz not null,
        settled_at timestamptz,
        primary key (store_id, payment_id, order_id)
    )
"""
EVENT = """
    create table payments_event (
        id uuid primary key,
        payment_id uuid not null references payments_payment,
        status_from text,
        status_to text not null,
        actor text not null,
        facts jsonb not null,
        at timestamptz not null default now()
    )
"""
UNIQUE_INDEXES = {
    "payments_payment_reference": "payments_payment (reference)",
    "payments_payment_provider": "payments_payment (provider, provider_reference)"
    " where provider_reference is not null",
    "payments_payment_live": "payments_payment (checkout_id) where status = 'pending'",
}
INDEXES = {
    "payments_payment_checkout": "payments_payment (checkout_id)",
    "payments_payment_user": "payments_payment (user_id, id) where user_id is not null",
    "payments_payment_token": "payments_payment (token_hash, id) where token_hash is not null",
    "payments_payment_open": "payments_payment (checked_at) where status = 'pending'",
    "payments_share_payment": "payments_share (payment_id)",
    "payments_event_payment": "payments_event (payment_id, id)",
}
TABLES = [
    PAYMENT,
    SHARE,
    EVENT,
    *(f"create unique index {name} on {what}" for name, what in UNIQUE_INDEXES.items()),
    *(f"create index {name} on {what}" for name, what in INDEXES.items()),
]
RULES: dict[str, dict[DbRole, tuple[str, str]]] = {
    "payments_payment": {
        DbRole.USER: (READ, "user"),
        DbRole.SYSTEM: (WRITE, "all"),
        DbRole.PLATFORM: (READ, "all"),
    },
    "payments_share": {
        DbRole.STORE: (READ, "store"),
        DbRole.SYSTEM: (WRITE, "all"),
        DbRole.PLATFORM: (READ, "all"),
    },
    "payments_event": {DbRole.SYSTEM: (APPEND, "all"), DbRole.PLATFORM: (READ, "all")},
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for statement in TABLES:
        op.execute(statement)
    for table, rules in RULES.items():
        for statement in protect(table, rules):
            op.execute(statement)


def downgrade() -> None:
    for table in ("payments_event", "payments_share", "payments_payment"):
        op.execute(f"drop table {table}")
