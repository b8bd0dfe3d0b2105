"""The letters on their way and the ones that arrived.

Revision ID: 0008
Revises: 0007
"""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by what needs it."""


def downgrade() -> None:
    """Filled by what needs it."""
