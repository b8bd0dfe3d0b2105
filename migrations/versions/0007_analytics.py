"""The tables of analytics.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

from shoplytics.adapters.postgres.rls import READ, WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Read tables, rebuilt at any time from OrdersRecorded: one row per order at its highest version seen.
TABLES = [
    """
    create table analytics_order (
        store_id uuid not null,
        order_id uuid not null,
        version bigint not null,
        source text not null,
        placed_at timestamptz not null,
        currency char(3) not null,
        gross bigint not null,
        discount bigint not null,
        shipping bigint not null,
        tax bigint not null,
        total bigint not null,
        refunded bigint not null,
        lines int not null,
        counts boolean not null,
        paid boolean not null,
        customer_id uuid,
        session_id bigint,
        primary key (store_id, order_id)
    )
    """,
    "create index analytics_order_time on analytics_order (store_id, placed_at) where counts",
    """
    create index analytics_order_customer on analytics_order (store_id, customer_id, placed_at)
        where counts and customer_id is not null
    """,
    # `leads`: the order's first line of its product; counting those counts orders without sorting them.
    """
    create table analytics_order_line (
        store_id uuid not null,
        order_id uuid not null,
        position int not null,
        product_id uuid,
        variant_id uuid,
        sku text,
        title text not null,
        quantity bigint not null,
        net bigint not null,
        leads boolean not null,
        primary key (store_id, order_id, position),
        foreign key (store_id, order_id) references analytics_order on delete cascade
    )
    """,
]

STORE_READS = {DbRole.STORE: (READ, "store"), DbRole.SYSTEM: (WRITE, "all"), DbRole.PLATFORM: (READ, "all")}
RULES = {"analytics_order": STORE_READS, "analytics_order_line": STORE_READS}


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
