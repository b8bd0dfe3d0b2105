"""A cart remembers, store by store, the visit it comes from.

Sessions are numbered store by store, so one number a cart (`sales_cart.session_id`, never filled) cannot do.

Revision ID: 0024
Revises: 0023
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("alter table sales_cart_line add column session_id bigint")


def downgrade() -> None:
    op.execute("alter table sales_cart_line drop column session_id")
