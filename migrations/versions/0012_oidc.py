"""Sign-in with OpenID Connect: whose subject at a provider is which user, and sign-ins on their way.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

from shoplytics.adapters.postgres.rls import WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES: list[str] = [
    # A subject is unique at its issuer only. Addresses change hands, so they name nobody there.
    """
    create table identity_oidc_link (
        id uuid primary key,
        user_id uuid not null references identity_user on delete cascade,
        issuer text not null,
        subject text not null,
        created_at timestamptz not null,
        last_used_at timestamptz not null,
        unique (issuer, subject)
    )
    """,
    "create index identity_oidc_link_user on identity_oidc_link (user_id, id)",
    # `state` and the browser's cookie are kept as SHA-256; `secrets` (nonce and PKCE verifier) are sealed.
    # `second_hash` is there while a right answer of the provider waits for the second factor.
    """
    create table identity_oidc_state (
        state_hash bytea primary key check (length(state_hash) = 32),
        provider text not null,
        browser_hash bytea not null check (length(browser_hash) = 32),
        secrets bytea not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz,
        link_id uuid references identity_oidc_link on delete cascade,
        second_hash bytea unique check (length(second_hash) = 32)
    )
    """,
    "create index identity_oidc_state_age on identity_oidc_state (expires_at)",
    "create index identity_oidc_state_link on identity_oidc_state (link_id) where link_id is not null",
]
EVERYTHING = {DbRole.SYSTEM: (WRITE, "all"), DbRole.PLATFORM: (WRITE, "all")}
RULES: dict[str, dict[DbRole, tuple[str, str]]] = {
    "identity_oidc_link": {DbRole.USER: ("select, delete", "user")} | EVERYTHING,
    "identity_oidc_state": {DbRole.SYSTEM: (WRITE, "all")},
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
