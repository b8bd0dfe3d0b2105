"""Second factors, sign-in providers, addresses.

Revision ID: 0010
Revises: 0009
"""

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by what needs it."""


def downgrade() -> None:
    """Filled by what needs it."""
