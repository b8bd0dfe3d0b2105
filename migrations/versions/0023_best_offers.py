"""Best offers are refreshed by index, whatever the planner knows.

Right after a large import it knows nothing of the new rows: for each product it read all variants, or a whole
partial index for a bitmap.

Revision ID: 0023
Revises: 0022
"""

from alembic import op

from shoplytics.adapters.postgres.rls import predicate

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

REFRESH = f"""
    create or replace function catalog_refresh(product_ids uuid[], raise_by int default 0) returns setof uuid
    language plpgsql security definer set search_path = public, pg_temp set enable_bitmapscan = off as $$
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
            where o.product_id = own.id and o.active and o.deleted_at is null and o.price is not null
                and (select v.deleted_at from catalog_variant v where v.id = o.variant_id) is null
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

BEFORE = f"""
    create or replace function catalog_refresh(product_ids uuid[], raise_by int default 0) returns setof uuid
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


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    op.execute(REFRESH)


def downgrade() -> None:
    op.execute(BEFORE)
