"""One-time codes, networks an account is known from, and when a session last proved itself.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

from shoplytics.adapters.postgres.rls import WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES: list[str] = [
    # `id` is the challenge: the id of the event that asked. A challenge for an address without an account has
    # a row too, with a code that nobody was sent, so that guessing at it costs the same. `code_hash` is an
    # HMAC under the deployment's key: six digits behind a plain hash would be read off a dump.
    """
    create table identity_code (
        id uuid primary key,
        purpose text not null check (purpose in
            ('login', 'register', 'verify_email', 'verify_phone', 'reset_password', 'change_email')),
        target text not null,
        user_id uuid references identity_user on delete cascade,
        code_hash bytea not null check (length(code_hash) = 32),
        detail jsonb not null default '{}',
        tries int not null default 0,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz
    )
    """,
    "create index identity_code_user on identity_code (user_id) where used_at is null",
    "create index identity_code_age on identity_code (expires_at)",
    # Networks (/24, /48) from which an account was signed in to, as an HMAC that needs the user to be known.
    """
    create table identity_network (
        user_id uuid not null references identity_user on delete cascade,
        network bytea not null check (length(network) = 32),
        seen_at timestamptz not null,
        primary key (user_id, network)
    )
    """,
    "create index identity_network_age on identity_network (seen_at)",
    # Usernames that were asked for with an address that has an account: taken, as if it had had none. Whose
    # address it was is not kept.
    """
    create table identity_username_hold (
        username text primary key check (username = lower(username)),
        held_at timestamptz not null default now()
    )
    """,
    "create index identity_username_hold_age on identity_username_hold (held_at)",
    # When the password was last given in this session; sensitive routes want it to be recent.
    "alter table identity_session add column authenticated_at timestamptz not null default now()",
    # The event a token was made for: a handler that runs twice makes one.
    "alter table identity_token add column cause uuid",
    "create unique index identity_token_cause on identity_token (cause)",
    # What a user may do to their own row now includes their credentials; flags stay out of reach.
    f"grant update (email, email_verified_at, password_hash, token_epoch) on identity_user to {DbRole.USER}",
    f"grant update (authenticated_at) on identity_session to {DbRole.USER}",
]

EVERYTHING = {DbRole.SYSTEM: (WRITE, "all"), DbRole.PLATFORM: (WRITE, "all")}
# A changed password or address makes what was mailed before void; the hashes are beyond the role's grant.
OWN_CODES = "select (id, user_id, purpose, expires_at, used_at), update (used_at)"
OWN_TOKENS = "select (user_id, purpose, used_at), update (used_at)"
RULES: dict[str, dict[DbRole, tuple[str, str]]] = {
    "identity_code": {DbRole.USER: (OWN_CODES, "user")} | EVERYTHING,
    "identity_network": EVERYTHING,
    "identity_username_hold": {DbRole.USER: ("select", "all")} | EVERYTHING,
    "identity_token": {DbRole.USER: (OWN_TOKENS, "user")},
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for statement in TABLES:
        op.execute(statement)
    for table, rules in RULES.items():
        for statement in protect(table, rules):
            op.execute(statement)


def downgrade() -> None:
    user = DbRole.USER.value
    op.execute(f"drop policy {user} on identity_token")
    op.execute(f"revoke all (user_id, purpose, used_at) on identity_token from {user}")
    op.execute(f"revoke update (authenticated_at) on identity_session from {user}")
    op.execute(
        f"revoke update (email, email_verified_at, password_hash, token_epoch) on identity_user from {user}"
    )
    op.execute("alter table identity_token drop column cause")
    op.execute("alter table identity_session drop column authenticated_at")
    for table in ("identity_username_hold", "identity_network", "identity_code"):
        op.execute(f"drop table {table}")
