"""The tables of tracking.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

from shoplytics.adapters.postgres.rls import READ, WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Ids of visitors live one local day of the store: with the day's salt goes the way back to an address.
TABLES = [
    """
    create table tracking_salt (
        store_id uuid not null,
        day date not null,
        salt bytea not null check (length(salt) = 32),
        expires_at timestamptz not null,
        primary key (store_id, day)
    )
    """,
    "create index tracking_salt_expiry on tracking_salt (expires_at)",
    # One row per visitor and day: the distinct set behind the rollups, and the visitor's open session.
    # Deleted after two days, when no visit can fall into it any more; small enough then for no index by age.
    """
    create table tracking_visitor (
        store_id uuid not null,
        visitor bigint not null,
        day date not null,
        session_id bigint not null,
        session_hour timestamptz not null,
        session_visits int not null,
        last_at timestamptz not null,
        primary key (store_id, visitor)
    )
    """,
    """
    create table tracking_product_visitor (
        store_id uuid not null,
        product_id uuid not null,
        visitor bigint not null,
        day date not null,
        primary key (store_id, product_id, visitor)
    )
    """,
    # One row per page shown: what an engagement ping needs to find its visit. Deleted after two days.
    """
    create table tracking_page (
        store_id uuid not null,
        page_id bigint not null,
        visit_id uuid not null,
        visitor bigint not null,
        session_id bigint not null,
        product_id uuid,
        day date not null,
        hour timestamptz not null,
        started_at timestamptz not null,
        engaged_ms int not null default 0,
        primary key (store_id, page_id)
    )
    """,
    """
    create table tracking_visit (
        store_id uuid not null,
        started_at timestamptz not null,
        id uuid not null,
        day date not null,
        hour timestamptz not null,
        visitor bigint not null,
        session_id bigint not null,
        product_id uuid,
        path text not null,
        referrer_host text,
        utm_source text,
        utm_medium text,
        utm_campaign text,
        utm_term text,
        utm_content text,
        device text not null,
        browser text not null,
        engaged_ms int not null default 0 check (engaged_ms between 0 and 1800000),
        primary key (store_id, started_at, id)
    )
    """,
    # `hour` is the instant a local hour of the store begins. A session counts in the hour it starts, a
    # visitor in the hour of the day's first visit, so every column adds up over hours and over days.
    """
    create table tracking_stat_hour (
        store_id uuid not null,
        day date not null,
        hour timestamptz not null,
        visits bigint not null default 0,
        visitors bigint not null default 0,
        sessions bigint not null default 0,
        bounces bigint not null default 0,
        engaged_ms bigint not null default 0,
        primary key (store_id, hour, day)
    )
    """,
    """
    create table tracking_stat_product_day (
        store_id uuid not null,
        day date not null,
        product_id uuid not null,
        visits bigint not null default 0,
        visitors bigint not null default 0,
        engaged_ms bigint not null default 0,
        primary key (store_id, day, product_id)
    )
    """,
    """
    create table tracking_drop (
        store_id uuid not null,
        day date not null,
        reason text not null,
        drops bigint not null default 0,
        primary key (store_id, day, reason)
    )
    """,
]

SYSTEM_ONLY = {DbRole.SYSTEM: (WRITE, "all")}
STORE_READS = {DbRole.STORE: (READ, "store"), DbRole.SYSTEM: (WRITE, "all"), DbRole.PLATFORM: (READ, "all")}
RULES = {
    "tracking_salt": SYSTEM_ONLY,
    "tracking_visitor": SYSTEM_ONLY,
    "tracking_product_visitor": SYSTEM_ONLY,
    "tracking_page": SYSTEM_ONLY,
    "tracking_visit": STORE_READS,
    "tracking_stat_hour": STORE_READS,
    "tracking_stat_product_day": STORE_READS,
    "tracking_drop": STORE_READS,
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
