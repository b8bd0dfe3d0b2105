"""Number attributes have one form: 1.0 and 1.50 become 1 and 1.5, for products that already have them.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Facts are set here: for the trigger that makes them, 1.0 and 1 are the same.
PLAIN_NUMBERS = """
    update catalog_product p set attributes = n.attributes, facts = catalog_facts(p.store_id, n.attributes)
    from (
        select q.id, jsonb_object_agg(e.key, case jsonb_typeof(e.value)
            when 'number' then to_jsonb(trim_scale((e.value #>> '{}')::numeric)) else e.value
            end) as attributes
        from catalog_product q cross join lateral jsonb_each(q.attributes) e
        where q.attributes::text ~ '\\.[0-9]*0[,}]'
        group by q.id
    ) n
    where p.id = n.id and p.attributes::text <> n.attributes::text
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute("set local row_security = off")  # an error is better than rows that were not seen
    op.execute(PLAIN_NUMBERS)


def downgrade() -> None:
    """Values stay as they are: both forms are the same number."""
