"""The tables of tenancy: stores, who works in them, and what was done there.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

from shoplytics.adapters.postgres.rls import ADD, APPEND, READ, STORE, USER, WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES: list[str] = [
    """
    create table tenancy_store (
        id uuid primary key,
        owner_id uuid not null,
        name text not null,
        slug text not null unique,
        description text not null default '',
        logo_key text,
        currency char(3) not null,
        timezone text not null,
        active boolean not null default true,
        address jsonb,
        low_stock_threshold int not null check (low_stock_threshold >= 0),
        version int not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz
    )
    """,
    "create index tenancy_store_owner on tenancy_store (owner_id)",
    "create index tenancy_store_directory on tenancy_store (id) where active and deleted_at is null",
    # `email` and `name` are copies, kept by identity's events: a list of members needs no other module.
    """
    create table tenancy_member (
        store_id uuid not null references tenancy_store on delete cascade,
        user_id uuid not null,
        role text not null check (role in ('owner', 'manager', 'staff', 'analyst')),
        email text not null,
        name text not null default '',
        user_version int not null default 0,
        created_at timestamptz not null default now(),
        primary key (store_id, user_id)
    )
    """,
    "create index tenancy_member_user on tenancy_member (user_id)",
    # What staff and administrators did, written with the deed. Nobody is granted to change or remove a row.
    """
    create table tenancy_audit (
        id uuid primary key,
        store_id uuid,
        actor text not null,
        user_id uuid,
        action text not null,
        target text not null,
        before jsonb,
        after jsonb,
        at timestamptz not null default now()
    )
    """,
    "create index tenancy_audit_store on tenancy_audit (store_id, id desc)",
]

RULES: dict[str, dict[DbRole, tuple[str, str]]] = {
    "tenancy_store": {
        DbRole.PUBLIC: (READ, "active and deleted_at is null"),
        DbRole.STORE: (WRITE, "store:id"),
        DbRole.SYSTEM: (WRITE, "all"),
        DbRole.PLATFORM: (WRITE, "all"),
    },
    "tenancy_member": {
        DbRole.STORE: (WRITE, "store"),
        DbRole.SYSTEM: (WRITE, "all"),
        DbRole.PLATFORM: (WRITE, "all"),
    },
    "tenancy_audit": {
        DbRole.USER: (ADD, "user"),
        DbRole.STORE: (APPEND, "store"),
        DbRole.SYSTEM: (APPEND, "all"),
        DbRole.PLATFORM: (APPEND, "all"),
    },
}

OWNED = USER.format(column="owner_id")
SEEN = f"({OWNED} or {STORE.format(column='id')} or (active and deleted_at is null))"
MINE = USER.format(column="user_id")

# Becoming a seller happens in one transaction of `shop_user`, before the new store can be in `app.store_ids`:
# a user may add a store whose owner they are, and themselves as the owner of a store of theirs. They may read
# what the world reads besides. Of an existing row they may change the deletion mark alone: `owner_id` is
# outside the grant, so that the check keeps other people's stores out of reach.
BECOMING_A_SELLER = [
    "grant select, insert, update (deleted_at, version, updated_at) on tenancy_store to shop_user",
    f"""
    create policy shop_user on tenancy_store as permissive for all to shop_user
        using ({SEEN}) with check ({OWNED})
    """,
    "grant select, insert on tenancy_member to shop_user",
    f"""
    create policy shop_user on tenancy_member as permissive for all to shop_user
        using ({MINE})
        with check ({MINE} and role = 'owner' and exists (
            select from tenancy_store s where s.id = store_id and {USER.format(column="s.owner_id")}))
    """,
]


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for statement in TABLES:
        op.execute(statement)
    for table, rules in RULES.items():
        for statement in protect(table, rules):
            op.execute(statement)
    for statement in BECOMING_A_SELLER:
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(RULES):
        op.execute(f"drop table {table}")
