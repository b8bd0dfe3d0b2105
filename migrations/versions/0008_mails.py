"""The letters on their way and the ones that arrived; console sessions.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

from shoplytics.adapters.postgres.rls import ADD, READ, WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES: list[str] = [
    # A letter's id is also the id of its row in the outbox. `body` is sealed, since letters hold codes and
    # links that open accounts, and null once nobody needs it. `kept`: it lies in the mailbox.
    """
    create table platform_mail (
        id uuid primary key,
        cause uuid not null,
        template text not null,
        channel text not null check (channel in ('mail', 'sms')),
        recipient text not null,
        store_id uuid,
        locale text not null,
        body bytea,
        status text not null default 'waiting'
            check (status in ('waiting', 'sent', 'kept', 'expired', 'failed')),
        attempts int not null default 0,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        sent_at timestamptz,
        last_error text,
        unique (cause, template, recipient)
    )
    """,
    "create index platform_mail_age on platform_mail (created_at)",
    # A browser's key to a session: idle for 30 minutes it ends, and after 12 hours in any case. Only SHA-256
    # of the key is kept.
    """
    create table identity_cookie (
        token_hash bytea primary key check (length(token_hash) = 32),
        session_id uuid not null references identity_session on delete cascade,
        created_at timestamptz not null,
        last_used_at timestamptz not null,
        expires_at timestamptz not null
    )
    """,
    "create index identity_cookie_session on identity_cookie (session_id)",
    "create index identity_cookie_age on identity_cookie (expires_at)",
]
RULES: dict[str, dict[DbRole, tuple[str, str]]] = {
    "platform_mail": {
        DbRole.USER: (ADD, "all"),
        DbRole.STORE: (ADD, "store"),
        DbRole.SYSTEM: (WRITE, "all"),
        DbRole.PLATFORM: (READ, "all"),
    },
    "identity_cookie": {DbRole.SYSTEM: (WRITE, "all")},
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for statement in TABLES:
        op.execute(statement)
    for table, rules in RULES.items():
        for statement in protect(table, rules):
            op.execute(statement)


def downgrade() -> None:
    for table in RULES:
        op.execute(f"drop table {table}")
