"""What buyers say of products and stores.

Revision ID: 0022
Revises: 0021
"""

from alembic import op

from shoplytics.adapters.postgres.rls import READ, WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# Without a product it is about the store. `store_id` is who moderates: of a product's review its owner.
REVIEW = """
    create table catalog_review (
        id uuid primary key,
        store_id uuid not null,
        product_id uuid,
        user_id uuid not null,
        author text not null,
        rating smallint not null check (rating between 1 and 5),
        comment text not null default '',
        status text not null default 'published' check (status in ('published', 'hidden')),
        reply text,
        replied_at timestamptz,
        version int not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz,
        foreign key (store_id, product_id) references catalog_product (store_id, id) on delete cascade
    )
"""
# How many published reviews have one star, two, and so on; `subject_id` is a product's or a store's id.
RATING = """
    create table catalog_rating (
        subject_id uuid primary key,
        store_id uuid not null,
        counts int[] not null default '{0,0,0,0,0}'
    )
"""
# In the review's own transaction. The row of counts is locked first, so that of two reviews at once none is
# lost; the product's average follows from it.
COUNTED = """
    create function catalog_review_counted() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
        was int := case when tg_op <> 'INSERT' and old.status = 'published' and old.deleted_at is null
            then old.rating else 0 end;
        now_is int := case when tg_op <> 'DELETE' and new.status = 'published' and new.deleted_at is null
            then new.rating else 0 end;
        review catalog_review := case when tg_op = 'DELETE' then old else new end;
        kept int[];
        stars bigint;
        many bigint;
    begin
        if was = now_is then
            return null;
        end if;
        insert into catalog_rating (subject_id, store_id)
        values (coalesce(review.product_id, review.store_id), review.store_id) on conflict do nothing;
        update catalog_rating set counts = (
            select array_agg(c + (n = now_is)::int - (n = was)::int order by n)
            from unnest(counts) with ordinality u (c, n))
        where subject_id = coalesce(review.product_id, review.store_id) returning counts into kept;
        if review.product_id is not null then
            select sum(c * n), sum(c) into stars, many from unnest(kept) with ordinality u (c, n);
            update catalog_product set rating = round(stars::numeric / nullif(many, 0), 2),
                review_count = many
            where id = review.product_id;
        end if;
        return null;
    end
    $$
"""
# What may be reviewed: a published product, or a store that is open.
SUBJECT = """
    create function catalog_reviewed(product uuid, store uuid) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp as $$
        select p.store_id from catalog_product p
        where p.id = product and p.published and p.published_at <= now()
        union all
        select s.store_id from catalog_store s where product is null and s.store_id = store and s.active
    $$
"""
TRIGGER = """
    create trigger catalog_review_counted after insert or update or delete on catalog_review
    for each row execute function catalog_review_counted()
"""
LIVE = "where deleted_at is null"
SHOWN = f"{LIVE} and status = 'published'"
ONCE = f"(store_id, product_id, user_id) nulls not distinct {LIVE}"
OF_STORE = f"{SHOWN} and product_id is null"
INDEXES = {
    "catalog_review_shown": f"(product_id, id) {SHOWN}",
    "catalog_review_stars": f"(product_id, rating, id) {SHOWN}",
    "catalog_review_of_store": f"(store_id, id) {OF_STORE}",
    "catalog_review_of_store_stars": f"(store_id, rating, id) {OF_STORE}",
    "catalog_review_store": f"(store_id, id) {LIVE}",
    "catalog_review_user": f"(user_id, id) {LIVE}",
}
TABLES = [
    REVIEW,
    RATING,
    *(f"create index {name} on catalog_review {what}" for name, what in INDEXES.items()),
    f"create unique index catalog_review_once on catalog_review {ONCE}",
    COUNTED,
    SUBJECT,
    "revoke all on function catalog_review_counted() from public",
    "revoke all on function catalog_reviewed(uuid, uuid) from public",
    f"grant execute on function catalog_reviewed(uuid, uuid) to {DbRole.USER.value}, {DbRole.SYSTEM.value}",
    TRIGGER,
]
EVERYWHERE = {DbRole.SYSTEM: (WRITE, "all"), DbRole.PLATFORM: (WRITE, "all")}
RULES: dict[str, dict[DbRole, tuple[str, str]]] = {
    "catalog_review": {
        DbRole.PUBLIC: (READ, "status = 'published' and deleted_at is null"),
        DbRole.USER: (WRITE, "user"),
        DbRole.STORE: (WRITE, "store"),
        **EVERYWHERE,
    },
    "catalog_rating": {DbRole.PUBLIC: (READ, "all"), **EVERYWHERE},
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '2s'")
    for statement in TABLES:
        op.execute(statement)
    for table, rules in RULES.items():
        for statement in protect(table, rules):
            op.execute(statement)


def downgrade() -> None:
    for table in RULES:
        op.execute(f"drop table {table}")
    op.execute("drop function catalog_review_counted(), catalog_reviewed(uuid, uuid)")
