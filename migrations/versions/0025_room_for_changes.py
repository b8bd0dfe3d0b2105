"""Rows that change soon find room for it on their own page.

Then PostgreSQL need not enter them into every index of the table again (a heap-only update). It holds for
pages that are written from now on.

Revision ID: 0025
Revises: 0024
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

FILL = {"catalog_offer": 80, "sales_order": 70, "payments_payment": 60}


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for table, percent in FILL.items():
        op.execute(f"alter table {table} set (fillfactor = {percent})")


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for table in FILL:
        op.execute(f"alter table {table} reset (fillfactor)")
