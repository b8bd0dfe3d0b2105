"""Second factors, the address book, and how an account ends.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

from shoplytics.adapters.postgres.rls import USER, WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS: list[str] = [
    # `deleted_at` can be undone for a while, `erased_at` cannot: then nothing personal is left in the row.
    "alter table identity_user add column erased_at timestamptz",
    "create index identity_user_deleted on identity_user (id) where deleted_at is not null",
    f"grant update (deleted_at, erased_at) on identity_user to {DbRole.USER}",
]

TABLES: list[str] = [
    # `secret` is sealed by the vault. `last_step` is the time step of the last code used: none is good twice.
    """
    create table identity_totp (
        user_id uuid primary key references identity_user on delete cascade,
        secret bytea not null,
        last_step bigint not null default 0,
        created_at timestamptz not null,
        confirmed_at timestamptz
    )
    """,
    # HMAC under the deployment's key, and with the user's id: fifty bits behind a plain hash could be tried.
    """
    create table identity_recovery_code (
        user_id uuid not null references identity_user on delete cascade,
        code_hash bytea not null check (length(code_hash) = 32),
        created_at timestamptz not null,
        used_at timestamptz,
        primary key (user_id, code_hash)
    )
    """,
    """
    create table identity_address (
        id uuid primary key,
        user_id uuid not null references identity_user on delete cascade,
        name text not null,
        company text not null default '',
        lines text[] not null check (cardinality(lines) between 1 and 4),
        city text not null,
        region text not null default '',
        postal_code text not null default '',
        country char(2) not null,
        phone text,
        default_shipping boolean not null default false,
        default_billing boolean not null default false,
        version int not null default 1,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        deleted_at timestamptz
    )
    """,
    "create index identity_address_user on identity_address (user_id, id desc)",
    """
    create unique index identity_address_shipping on identity_address (user_id)
        where default_shipping and deleted_at is null
    """,
    """
    create unique index identity_address_billing on identity_address (user_id)
        where default_billing and deleted_at is null
    """,
]

EVERYTHING = {DbRole.SYSTEM: (WRITE, "all"), DbRole.PLATFORM: (WRITE, "all")}
OWN = {DbRole.USER: (WRITE, "user")}
RULES: dict[str, dict[DbRole, tuple[str, str]]] = {
    "identity_totp": OWN | EVERYTHING,
    "identity_recovery_code": OWN | EVERYTHING,
    "identity_address": OWN | EVERYTHING,
}

# One's own export tells what one did, and what administrators did to one's account; not what the rows held.
ABOUT_ME = f"({USER.format(column='user_id')} or target = 'user:' || current_setting('app.user_id', true))"
OWN_AUDIT: list[str] = [
    "grant select (id, store_id, user_id, action, target, at) on tenancy_audit to shop_user",
    "drop policy shop_user on tenancy_audit",
    f"""
    create policy shop_user on tenancy_audit as permissive for all to shop_user
        using {ABOUT_ME} with check ({USER.format(column="user_id")})
    """,
    "create index tenancy_audit_user on tenancy_audit (user_id, id)",
    "create index tenancy_audit_target on tenancy_audit (target, id)",
]


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for statement in [*COLUMNS, *TABLES]:
        op.execute(statement)
    for table, rules in RULES.items():
        for statement in protect(table, rules):
            op.execute(statement)
    for statement in OWN_AUDIT:
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop index tenancy_audit_target")
    op.execute("drop index tenancy_audit_user")
    op.execute("drop policy shop_user on tenancy_audit")
    op.execute("revoke select (id, store_id, user_id, action, target, at) on tenancy_audit from shop_user")
    op.execute(
        "create policy shop_user on tenancy_audit for insert to shop_user"
        f" with check ({USER.format(column='user_id')})"
    )
    for table in reversed(RULES):
        op.execute(f"drop table {table}")
    op.execute("drop index identity_user_deleted")
    op.execute(f"revoke update (deleted_at) on identity_user from {DbRole.USER}")
    op.execute("alter table identity_user drop column erased_at")
