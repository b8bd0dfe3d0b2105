"""One-time codes, networks an account is known from, console sessions.

Revision ID: 0009
Revises: 0008
"""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by what needs it."""


def downgrade() -> None:
    """Filled by what needs it."""
