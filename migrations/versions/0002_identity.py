"""The tables of identity: users, their sessions, and the counters and tokens that guard the doors.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from shoplytics.adapters.postgres.rls import WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES: list[str] = [
    # `email` is stored normalised; the index on lower(email) is the wall behind that. A phone belongs to who
    # verified it, so only verified ones are unique: nobody can squat on a number or learn from a refusal that
    # it has an account. Raising `token_epoch` ends every session of the user.
    """
    create table identity_user (
        id uuid primary key,
        email text not null,
        email_verified_at timestamptz,
        username text,
        phone text,
        phone_verified_at timestamptz,
        first_name text not null default '',
        last_name text not null default '',
        date_of_birth date,
        avatar_key text,
        preferences jsonb not null default '{}',
        password_hash text,
        token_epoch int not null default 0,
        platform_admin boolean not null default false,
        last_sign_in_at timestamptz,
        disabled_at timestamptz,
        version int not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz
    )
    """,
    "create unique index identity_user_email on identity_user (lower(email))",
    "create unique index identity_user_username on identity_user (lower(username))",
    "create unique index identity_user_phone on identity_user (phone) where phone_verified_at is not null",
    # A session is a family of refresh tokens: ending it ends them all. `epoch` is the user's at sign-in.
    """
    create table identity_session (
        id uuid primary key,
        user_id uuid not null references identity_user on delete cascade,
        epoch int not null,
        user_agent text not null default '',
        created_at timestamptz not null,
        last_used_at timestamptz not null,
        expires_at timestamptz not null,
        revoked_at timestamptz,
        revoked_why text check (revoked_why in ('logout', 'revoked', 'reuse', 'password', 'admin'))
    )
    """,
    "create index identity_session_user on identity_session (user_id, id desc)",
    "create index identity_session_age on identity_session (expires_at)",
    # Only SHA-256 of the token is kept; `used_at` makes it good for one use.
    """
    create table identity_refresh_token (
        token_hash bytea primary key check (length(token_hash) = 32),
        session_id uuid not null references identity_session on delete cascade,
        user_id uuid not null,
        parent_hash bytea,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz
    )
    """,
    "create index identity_refresh_token_session on identity_refresh_token (session_id)",
    # The moments of the latest failed guesses at one secret: an exact sliding window that no flush forgets.
    """
    create table identity_guess (
        purpose text not null,
        subject bytea not null,
        failed_at timestamptz[] not null,
        latest_at timestamptz not null,
        primary key (purpose, subject)
    )
    """,
    "create index identity_guess_age on identity_guess (latest_at)",
    # One-time tokens, each for one purpose and, but for the set-up, one user.
    """
    create table identity_token (
        token_hash bytea primary key check (length(token_hash) = 32),
        purpose text not null
            check (purpose in ('setup', 'verify_email', 'reset_password', 'change_email', 'invitation')),
        user_id uuid references identity_user on delete cascade,
        detail jsonb not null default '{}',
        created_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz
    )
    """,
    "create index identity_token_user on identity_token (user_id, purpose)",
    "create index identity_token_age on identity_token (expires_at)",
]

# A user changes a profile and ends sessions; credentials, flags and epochs are beyond the role's grant.
PROFILE = (
    "select, update (username, phone, phone_verified_at, first_name, last_name, date_of_birth, avatar_key,"
    " preferences, version, updated_at)"
)
EVERYTHING = {DbRole.SYSTEM: (WRITE, "all"), DbRole.PLATFORM: (WRITE, "all")}
RULES: dict[str, dict[DbRole, tuple[str, str]]] = {
    "identity_user": {DbRole.USER: (PROFILE, "user:id")} | EVERYTHING,
    "identity_session": {DbRole.USER: ("select, update (revoked_at, revoked_why)", "user")} | EVERYTHING,
    "identity_refresh_token": EVERYTHING,
    "identity_guess": EVERYTHING,
    "identity_token": EVERYTHING,
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
