"""Invitations and API keys.

Revision ID: 0011
Revises: 0010
"""

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by what needs it."""


def downgrade() -> None:
    """Filled by what needs it."""
