"""Offers of one store's products by others: what a selling store may learn of them, and the best offer.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

from shoplytics.adapters.postgres.rls import predicate
from shoplytics.kernel.access import DbRole

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SYSTEM = DbRole.SYSTEM.value
CALLERS = f"{DbRole.STORE.value}, {SYSTEM}, {DbRole.PLATFORM.value}"
SEES_ALL = f"current_setting('role') in ('{SYSTEM}', '{DbRole.PLATFORM.value}')"

# These run as shop_system, to which `migrate` gives them, because an offer's store may not touch the row of
# the product, which is another's; so each does one thing and looks at the caller's scope itself. See
# docs/decisions/0010.

# Locks first and in order, then looks in a statement of its own, so that it sees what those who held the
# lock before have committed. The products it names are those of which lists show something else now, or,
# with `raise_by`, all: then the version of the caller's own is raised by it in the same write, since to write
# a product twice is twice fifteen indexes.
REFRESH = f"""
    create function catalog_refresh(product_ids uuid[], raise_by int default 0) returns setof uuid
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
        perform from catalog_product p where p.id = any(product_ids) order by p.id for no key update;
        return query
        update catalog_product p set best_offer_id = b.id, best_price = b.price,
            best_compare_at = b.compare_at, best_sku = b.sku, in_stock = coalesce(b.available, false),
            version = p.version + case when {predicate("store:own.store_id")} then raise_by else 0 end
        from unnest(product_ids) q (product_id)
        join catalog_product own on own.id = q.product_id
        left join lateral (
            select o.id, o.price, o.compare_at, o.sku, o.on_hand > o.reserved as available
            from catalog_offer o
            join catalog_variant v on v.id = o.variant_id and v.deleted_at is null
            where o.product_id = own.id and o.active and o.deleted_at is null and o.price is not null
                and (o.store_id = own.store_id or own.marketplace and exists (
                    select from catalog_store s where s.store_id = o.store_id and s.active))
            order by o.on_hand > o.reserved desc, o.price, o.store_id = own.store_id desc, o.created_at, o.id
            limit 1
        ) b on true
        where p.id = own.id and (raise_by > 0
            or (p.best_offer_id, p.best_price, p.best_compare_at, p.best_sku, p.in_stock)
                is distinct from (b.id, b.price, b.compare_at, b.sku, coalesce(b.available, false)))
        returning p.id;
    end
    $$
"""
# What a store may know of what it offers, and why it is not sold though it is active.
SOLD = f"""
    create function catalog_sold(offer_ids uuid[])
    returns table (offer_id uuid, product_title text, variant_title text, blocked_by text)
    language sql stable security definer set search_path = public, pg_temp as $$
        select o.id, p.title, v.title,
            case
                when not s.active then 'store_inactive'
                when p.deleted_at is not null or v.deleted_at is not null then 'product_deleted'
                when not p.published or p.published_at > now() then 'product_unpublished'
                when o.store_id <> p.store_id and not p.marketplace then 'marketplace_closed'
            end
        from catalog_offer o
        join catalog_variant v on v.id = o.variant_id
        join catalog_product p on p.id = o.product_id
        join catalog_store s on s.store_id = o.store_id
        where o.id = any(offer_ids) and ({predicate("store:o.store_id")} or {SEES_ALL})
    $$
"""
# Whose product one is about to offer: a published one that is open to others, or one's own.
OPENED = f"""
    create function catalog_opened(variant uuid)
    returns table (product_id uuid, owner_id uuid, currency char(3))
    language sql stable security definer set search_path = public, pg_temp as $$
        select p.id, p.store_id, p.currency
        from catalog_variant v join catalog_product p on p.id = v.product_id
        where v.id = variant and v.deleted_at is null and p.deleted_at is null
            and ((p.marketplace and p.published and p.published_at <= now())
                or {predicate("store:p.store_id")})
    $$
"""
FUNCTIONS = {
    "catalog_refresh(uuid[], int)": REFRESH,
    "catalog_sold(uuid[])": SOLD,
    "catalog_opened(uuid)": OPENED,
}
OF_A_PUBLISHED_PRODUCT = "exists (select from catalog_product p where p.id = product_id)"
OF_A_SELLING_STORE = """
    exists (select from catalog_product p
            where p.id = product_id and (p.marketplace or p.store_id = catalog_offer.store_id))
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for name, function in FUNCTIONS.items():
        op.execute(function)
        op.execute(f"revoke all on function {name} from public")
        op.execute(f"grant execute on function {name} to {CALLERS}")
    op.execute(
        f"alter policy {DbRole.PUBLIC.value} on catalog_offer"
        f" using (active and deleted_at is null and {OF_A_SELLING_STORE})"
    )
    op.execute("create index catalog_offer_foreign on catalog_offer (owner_id) where store_id <> owner_id")


def downgrade() -> None:
    op.execute("drop index catalog_offer_foreign")
    op.execute(
        f"alter policy {DbRole.PUBLIC.value} on catalog_offer"
        f" using (active and deleted_at is null and {OF_A_PUBLISHED_PRODUCT})"
    )
    for name in FUNCTIONS:
        op.execute(f"drop function {name}")
