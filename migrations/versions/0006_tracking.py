"""The tables of tracking.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

from shoplytics.adapters.postgres.rls import protect
from shoplytics.kernel.access import DbRole

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES: list[str] = []
RULES: dict[str, dict[DbRole, tuple[str, str]]] = {}


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
