"""A cart's one session, which was never filled, goes: its lines know theirs since 0024. Addresses are found.

Revision ID: 0026
Revises: 0025
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("alter table sales_cart drop column session_id")
    op.execute("create index sales_cart_email on sales_cart (email) where email is not null")


def downgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("drop index sales_cart_email")
    op.execute("alter table sales_cart add column session_id bigint")
