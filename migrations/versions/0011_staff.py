"""Invitations and API keys, and stores that the platform holds back.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

from shoplytics.adapters.postgres.rls import READ, USER, WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES: list[str] = [
    # Set by the platform's administrators: the owner can then neither open nor restore the store.
    "alter table tenancy_store add column held boolean not null default false",
    # `token_hash` is written by the handler that mails the link, `token_cause` is the event that asked.
    # The address is in lower case, which is how identity keeps addresses unique.
    """
    create table tenancy_invitation (
        store_id uuid not null references tenancy_store on delete cascade,
        id uuid not null,
        email text not null check (email = lower(email)),
        role text not null check (role in ('owner', 'manager', 'staff', 'analyst')),
        store_name text not null,
        invited_by uuid not null,
        token_hash bytea check (length(token_hash) = 32),
        token_cause uuid,
        created_at timestamptz not null,
        sent_at timestamptz not null,
        expires_at timestamptz not null,
        accepted_at timestamptz,
        accepted_by uuid,
        revoked_at timestamptz,
        primary key (store_id, id)
    )
    """,
    "create unique index tenancy_invitation_token on tenancy_invitation (token_hash)",
    """
    create unique index tenancy_invitation_open on tenancy_invitation (store_id, email)
        where accepted_at is null and revoked_at is null
    """,
    """
    create index tenancy_invitation_email on tenancy_invitation (email)
        where accepted_at is null and revoked_at is null
    """,
    # 256 random bits need no salt and no slow hash: nobody finds them by trying.
    """
    create table tenancy_api_key (
        store_id uuid not null references tenancy_store on delete cascade,
        id uuid not null,
        name text not null,
        prefix text not null,
        key_hash bytea not null check (length(key_hash) = 32),
        scopes text[] not null,
        holder_id uuid not null,
        created_at timestamptz not null,
        expires_at timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz,
        primary key (store_id, id)
    )
    """,
    "create unique index tenancy_api_key_hash on tenancy_api_key (key_hash)",
    "create index tenancy_audit_actor on tenancy_audit (store_id, actor, id desc)",
]

MY_ADDRESS = f"""email = (
    select lower(u.email) from identity_user u
    where {USER.format(column="u.id")} and u.email_verified_at is not null and u.deleted_at is null)
    and revoked_at is null"""
RULES: dict[str, dict[DbRole, tuple[str, str]]] = {
    "tenancy_invitation": {
        DbRole.STORE: (WRITE, "store"),
        DbRole.SYSTEM: (WRITE, "all"),
        DbRole.PLATFORM: (WRITE, "all"),
    },
    "tenancy_api_key": {
        DbRole.STORE: (WRITE, "store"),
        DbRole.SYSTEM: (WRITE, "all"),
        DbRole.PLATFORM: (READ, "all"),
    },
}

MINE = USER.format(column="user_id")
OPENED = f"""role = 'owner' and exists (
    select from tenancy_store s
    where s.id = tenancy_member.store_id and {USER.format(column="s.owner_id")})"""
# `now()` is the transaction's start: a user becomes a member only while using the invitation up.
INVITED = """exists (
    select from tenancy_invitation i
    where i.store_id = tenancy_member.store_id and i.role = tenancy_member.role
        and i.accepted_by = tenancy_member.user_id and i.accepted_at = now())"""


def joining(check: str) -> str:
    """How a user may become a member by themselves."""
    return f"""
        create policy shop_user on tenancy_member as permissive for all to shop_user
            using ({MINE}) with check ({MINE} and ({check}))
    """


# A user sees the invitations to their own address, once they have proved it, and may accept them.
ACCEPTING = [
    "grant select, update (accepted_at, accepted_by) on tenancy_invitation to shop_user",
    f"""
    create policy shop_user on tenancy_invitation as permissive for all to shop_user
        using ({MY_ADDRESS}) with check ({MY_ADDRESS} and {USER.format(column="accepted_by")})
    """,
    "drop policy shop_user on tenancy_member",
    joining(f"{OPENED} or {INVITED}"),
]


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for statement in TABLES:
        op.execute(statement)
    for table, rules in RULES.items():
        for statement in protect(table, rules):
            op.execute(statement)
    for statement in ACCEPTING:
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop policy shop_user on tenancy_member")
    op.execute(joining(OPENED))
    for table in reversed(RULES):
        op.execute(f"drop table {table}")
    op.execute("drop index tenancy_audit_actor")
    op.execute("alter table tenancy_store drop column held")
