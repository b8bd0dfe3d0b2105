"""What the popularity of products is made of: thirty days of visits and of units sold.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

from shoplytics.adapters.postgres.rls import WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES: list[str] = [
    # The sum of a product's rows is its `popularity`.
    """
    create table catalog_popularity (
        store_id uuid not null,
        product_id uuid not null,
        day date not null,
        score bigint not null,
        primary key (store_id, product_id, day),
        foreign key (store_id, product_id) references catalog_product (store_id, id) on delete cascade
    )
    """,
    "create index catalog_popularity_day on catalog_popularity (day)",
    # What an order counts for, so that a later version of it counts the difference only.
    """
    create table catalog_sale (
        store_id uuid not null,
        order_id uuid not null,
        version int not null,
        day date not null,
        product_ids uuid[] not null,
        units bigint[] not null,
        primary key (store_id, order_id)
    )
    """,
    "create index catalog_sale_day on catalog_sale (day)",
]
OWN = {DbRole.STORE: (WRITE, "store"), DbRole.SYSTEM: (WRITE, "all"), DbRole.PLATFORM: (WRITE, "all")}
RULES = {"catalog_popularity": OWN, "catalog_sale": OWN}


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
