"""What else keeps an offer from being sold: its variant is gone, or its product is a connected shop's.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

from shoplytics.adapters.postgres.rls import predicate
from shoplytics.kernel.access import DbRole

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SYSTEM = DbRole.SYSTEM.value
CALLERS = f"{DbRole.STORE.value}, {SYSTEM}, {DbRole.PLATFORM.value}"
SEES_ALL = f"current_setting('role') in ('{SYSTEM}', '{DbRole.PLATFORM.value}')"
REASONS = """
                when p.deleted_at is not null then 'product_deleted'
                when v.deleted_at is not null then 'variant_deleted'
                when not p.published or p.published_at > now() then 'product_unpublished'
                when p.source <> 'native' then 'not_sold_here'"""
REASONS_BEFORE = """
                when p.deleted_at is not null or v.deleted_at is not null then 'product_deleted'
                when not p.published or p.published_at > now() then 'product_unpublished'"""


def _sold(reasons: str) -> str:
    """What a store may know of what it offers, and why it is not sold though it is active."""
    return f"""
    create function catalog_sold(offer_ids uuid[])
    returns table (offer_id uuid, product_title text, variant_title text, blocked_by text)
    language sql stable security definer set search_path = public, pg_temp as $$
        select o.id, p.title, v.title,
            case
                when not s.active then 'store_inactive'{reasons}
                when o.store_id <> p.store_id and not p.marketplace then 'marketplace_closed'
            end
        from catalog_offer o
        join catalog_variant v on v.id = o.variant_id
        join catalog_product p on p.id = o.product_id
        join catalog_store s on s.store_id = o.store_id
        where o.id = any(offer_ids) and ({predicate("store:o.store_id")} or {SEES_ALL})
    $$
"""


def _opened(only: str) -> str:
    """Whose product one is about to offer: a published one that is open to others, or one's own."""
    return f"""
    create function catalog_opened(variant uuid)
    returns table (product_id uuid, owner_id uuid, currency char(3))
    language sql stable security definer set search_path = public, pg_temp as $$
        select p.id, p.store_id, p.currency
        from catalog_variant v join catalog_product p on p.id = v.product_id
        where v.id = variant and v.deleted_at is null and p.deleted_at is null
            and ((p.marketplace and p.published and p.published_at <= now(){only})
                or {predicate("store:p.store_id")})
    $$
"""


def _make(functions: dict[str, str]) -> None:
    """Anew, since they belong to shop_system and not to whoever migrates (docs/decisions/0010)."""
    op.execute("set local lock_timeout = '2s'")
    for name, function in functions.items():
        op.execute(f"drop function {name}")
        op.execute(function)
        op.execute(f"revoke all on function {name} from public")
        op.execute(f"grant execute on function {name} to {CALLERS}")


def upgrade() -> None:
    native = " and p.source = 'native'"
    _make({"catalog_sold(uuid[])": _sold(REASONS), "catalog_opened(uuid)": _opened(native)})


def downgrade() -> None:
    _make({"catalog_sold(uuid[])": _sold(REASONS_BEFORE), "catalog_opened(uuid)": _opened("")})
