"""Lists find products by vendor and by type.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Most catalogues that come as a plain inventory list have neither, and pay nothing.
COLUMNS = ("vendor", "product_type")


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for column in COLUMNS:
        op.execute(f"create index catalog_search_{column} on catalog_search ({column}) where {column} <> ''")


def downgrade() -> None:
    for column in COLUMNS:
        op.execute(f"drop index catalog_search_{column}")
