"""The tables of the catalogue.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

from shoplytics.adapters.postgres.rls import READ, WRITE, protect
from shoplytics.kernel.access import DbRole

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STORE = """
    create table catalog_store (
        store_id uuid primary key,
        name text not null,
        active boolean not null,
        currency char(3) not null,
        low_stock_threshold int not null,
        version int not null
    )
"""

CATEGORY = """
    create table catalog_category (
        id uuid primary key,
        store_id uuid,
        parent_id uuid references catalog_category,
        name text not null,
        slug text not null,
        path text not null,
        position int not null default 0,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz
    )
"""

PRODUCT = """
    create table catalog_product (
        id uuid primary key,
        store_id uuid not null,
        store_name text not null,
        store_active boolean not null,
        currency char(3) not null,
        title text not null,
        title_key text generated always as (lower(title)) stored,
        slug text not null,
        description text not null default '',
        vendor text not null default '',
        product_type text not null default '',
        category_id uuid references catalog_category,
        facts text[] not null default '{}',
        tags text[] not null default '{}',
        featured boolean not null default false,
        active boolean not null default true,
        published_at timestamptz default now(),
        options jsonb not null default '[]',
        image_url text,
        rating numeric(3, 2),
        rating_key int generated always as (coalesce((rating * 100)::int, 0)) stored,
        review_count int not null default 0,
        popularity bigint not null default 0,
        best_offer_id uuid,
        best_price bigint,
        best_compare_at bigint,
        best_sku text,
        in_stock boolean not null default false,
        source text not null default 'native',
        external_id text,
        version int not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz,
        published boolean generated always as
            (active and store_active and deleted_at is null and published_at is not null) stored,
        unique (store_id, id)
    )
"""

VARIANT = """
    create table catalog_variant (
        id uuid primary key,
        store_id uuid not null,
        product_id uuid not null,
        title text not null,
        options jsonb not null default '{}',
        position int not null default 1,
        external_id text,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz,
        foreign key (store_id, product_id) references catalog_product (store_id, id) on delete cascade
    )
"""

# `owner_id` is the store whose product it is, `store_id` the one that sells: the same, until a product is
# opened to the marketplace.
OFFER = """
    create table catalog_offer (
        id uuid primary key,
        store_id uuid not null,
        owner_id uuid not null,
        product_id uuid not null,
        variant_id uuid not null references catalog_variant on delete cascade,
        sku text,
        price bigint check (price between 0 and 1000000000000),
        compare_at bigint check (compare_at between 0 and 1000000000000),
        currency char(3) not null,
        on_hand int not null default 0,
        reserved int not null default 0,
        low_stock_threshold int check (low_stock_threshold >= 0),
        active boolean not null default true,
        external_id text,
        version int not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz,
        constraint catalog_offer_stock check (reserved between 0 and on_hand),
        unique (store_id, id)
    )
"""

MOVEMENT = """
    create table catalog_stock_movement (
        id uuid primary key,
        store_id uuid not null,
        offer_id uuid not null,
        reason text not null,
        actor text not null,
        quantity int not null,
        on_hand int not null,
        created_at timestamptz not null default now(),
        foreign key (store_id, offer_id) references catalog_offer (store_id, id) on delete cascade
    )
"""

IMAGE = """
    create table catalog_image (
        id uuid primary key,
        store_id uuid not null,
        product_id uuid not null,
        url text not null,
        alt text not null default '',
        position int not null,
        created_at timestamptz not null default now(),
        foreign key (store_id, product_id) references catalog_product (store_id, id) on delete cascade
    )
"""

# What the public may search: published products only, so that shop_public's rule is plainly `true` here.
# Under a rule that must be checked row by row PostgreSQL may not use an index for `@@` and `@>`, which are
# not leakproof (https://www.postgresql.org/docs/18/ddl-rowsecurity.html).
# The columns after `tags` are the product's: a search reads one row for each match, and the products of its
# page alone. There is free room in each page because prices, stock and popularity change often and are not
# indexed here, so that such a change touches no index.
SEARCH = """
    create table catalog_search (
        id uuid primary key references catalog_product on delete cascade,
        store_id uuid not null,
        words tsvector not null,
        tags text[] not null,
        currency char(3) not null,
        category_id uuid,
        facts text[] not null,
        vendor text not null,
        product_type text not null,
        title_key text not null,
        best_price bigint,
        in_stock boolean not null,
        featured boolean not null,
        rating_key int not null,
        popularity bigint not null,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        published_at timestamptz
    ) with (fillfactor = 80)
"""

# The products that are not published, which only their own store finds.
DRAFTS = "create table catalog_search_draft (like catalog_search including all)"
DRAFTS_GO = """
    alter table catalog_search_draft add foreign key (id) references catalog_product on delete cascade
"""

# The last line of an import's file that holds each SKU or handle, so that the last row wins however the file
# is cut into batches; gone when the job is done.
IMPORT_KEY = """
    create table catalog_import_key (
        store_id uuid not null,
        job_id uuid not null,
        key text not null,
        line bigint not null,
        primary key (store_id, job_id, key)
    )
"""

WORDS_FUNCTION = """
    create function catalog_words(title text, vendor text, product_type text, tags text[], description text)
    returns tsvector language sql immutable parallel safe as $$
        select setweight(to_tsvector('simple'::regconfig, title), 'A')
            || setweight(to_tsvector('english'::regconfig, title), 'B')
            || setweight(to_tsvector('simple'::regconfig,
                concat_ws(' ', vendor, product_type, array_to_string(tags, ' '))), 'C')
            || setweight(to_tsvector('english'::regconfig, left(description, 20000)), 'D')
    $$
"""

KEYS = (
    "currency", "category_id", "facts", "vendor", "product_type", "title_key", "best_price", "in_stock",
    "featured", "rating_key", "popularity", "created_at", "updated_at", "published_at",
)  # fmt: skip
SEARCHED = ("title", "description", "vendor", "product_type", "tags", "published", "deleted_at")
COLUMNS = f"id, store_id, words, tags, {', '.join(KEYS)}"


def _values(of: str) -> str:
    words = f"catalog_words({of}title, {of}vendor, {of}product_type, {of}tags, {of}description)"
    return ", ".join([f"{of}id", f"{of}store_id", words, f"{of}tags", *(of + key for key in KEYS)])


def _differ(columns: tuple[str, ...]) -> str:
    new, old = (", ".join(f"{row}.{column}" for column in columns) for row in ("new", "old"))
    return f"({new}) is distinct from ({old})"


ADDED_FUNCTION = f"""
    create function catalog_search_added() returns trigger language plpgsql as $$
    begin
        insert into catalog_search ({COLUMNS})
            select {_values("")} from added where published;
        insert into catalog_search_draft ({COLUMNS})
            select {_values("")} from added where not published and deleted_at is null;
        return null;
    end
    $$
"""

CHANGED_FUNCTION = f"""
    create function catalog_search_changed() returns trigger language plpgsql as $$
    begin
        delete from catalog_search where id = new.id;
        delete from catalog_search_draft where id = new.id;
        if new.published then
            insert into catalog_search ({COLUMNS}) values ({_values("new.")});
        elsif new.deleted_at is null then
            insert into catalog_search_draft ({COLUMNS}) values ({_values("new.")});
        end if;
        return null;
    end
    $$
"""

KEYS_FUNCTION = f"""
    create function catalog_search_keys_changed() returns trigger language plpgsql as $$
    begin
        if new.published then
            update catalog_search set {", ".join(f"{key} = new.{key}" for key in KEYS)} where id = new.id;
        else
            update catalog_search_draft set {", ".join(f"{key} = new.{key}" for key in KEYS)}
                where id = new.id;
        end if;
        return null;
    end
    $$
"""

SEARCH_TRIGGERS = [
    """
    create trigger catalog_search_added after insert on catalog_product
        referencing new table as added for each statement execute function catalog_search_added()
    """,
    f"""
    create trigger catalog_search_changed after update on catalog_product for each row
        when ({_differ(SEARCHED)}) execute function catalog_search_changed()
    """,
    f"""
    create trigger catalog_search_keys_changed after update on catalog_product for each row
        when (not ({_differ(SEARCHED)}) and {_differ(KEYS)})
        execute function catalog_search_keys_changed()
    """,
]

LIVE = " where deleted_at is null"
PUBLISHED = " where published"
SORTS = ("created_at", "best_price", "title_key", "popularity", "rating_key")
UNIQUE_INDEXES = {
    "catalog_category_path": f"catalog_category (store_id, path) nulls not distinct{LIVE}",
    "catalog_product_slug": f"catalog_product (store_id, slug){LIVE}",
    "catalog_product_external": (
        "catalog_product (store_id, source, external_id) where external_id is not null"
    ),
    "catalog_variant_options": f"catalog_variant (store_id, product_id, options){LIVE}",
    "catalog_offer_sku": f"catalog_offer (store_id, sku){LIVE} and sku is not null",
    "catalog_offer_variant": f"catalog_offer (store_id, variant_id){LIVE}",
    "catalog_image_position": "catalog_image (store_id, product_id, position)",
}
INDEXES = {
    "catalog_product_own": f"catalog_product (store_id, created_at, id){LIVE}",
    "catalog_variant_product": "catalog_variant (product_id)",
    "catalog_offer_product": "catalog_offer (product_id)",
    "catalog_offer_by_variant": "catalog_offer (variant_id)",
    "catalog_offer_by_sku": f"catalog_offer (sku){LIVE} and sku is not null",
    "catalog_stock_movement_offer": "catalog_stock_movement (store_id, offer_id, id)",
    "catalog_search_words": "catalog_search using gin (words)",
    "catalog_search_tags": "catalog_search using gin (tags)",
    "catalog_search_facts": "catalog_search using gin (facts)",
    "catalog_search_newest": "catalog_search (created_at, id)",
    "catalog_search_store": "catalog_search (store_id, created_at, id)",
    "catalog_search_draft_store": "catalog_search_draft (store_id, created_at, id)",
    # Few among many: the index of the sort would be walked to its end.
    "catalog_list_featured": f"catalog_product (created_at, id){PUBLISHED} and featured",
    "catalog_list_category": f"catalog_product (category_id, created_at, id){PUBLISHED}",
    "catalog_list_updated": f"catalog_product (updated_at, id){PUBLISHED}",
    **{f"catalog_list_store_{key}": f"catalog_product (store_id, {key}, id){PUBLISHED}" for key in SORTS},
    **{f"catalog_list_all_{key}": f"catalog_product ({key}, id){PUBLISHED}" for key in SORTS},
    "catalog_list_all_best_price": f"catalog_product (currency, best_price, id){PUBLISHED}",
}

TABLES = [
    STORE,
    CATEGORY,
    PRODUCT,
    VARIANT,
    OFFER,
    MOVEMENT,
    IMAGE,
    SEARCH,
    DRAFTS,
    DRAFTS_GO,
    IMPORT_KEY,
    WORDS_FUNCTION,
    ADDED_FUNCTION,
    CHANGED_FUNCTION,
    KEYS_FUNCTION,
    *SEARCH_TRIGGERS,
    *(f"create unique index {name} on {what}" for name, what in UNIQUE_INDEXES.items()),
    *(f"create index {name} on {what}" for name, what in INDEXES.items()),
]

OF_A_PUBLISHED_PRODUCT = "exists (select from catalog_product p where p.id = product_id)"
OWN = {DbRole.STORE: (WRITE, "store"), DbRole.SYSTEM: (WRITE, "all"), DbRole.PLATFORM: (WRITE, "all")}
RULES: dict[str, dict[DbRole, tuple[str, str]]] = {
    "catalog_store": {DbRole.PUBLIC: (READ, "active"), **OWN},
    "catalog_category": {DbRole.PUBLIC: (READ, "deleted_at is null"), **OWN},
    "catalog_product": {DbRole.PUBLIC: (READ, "published and published_at <= now()"), **OWN},
    "catalog_variant": {
        DbRole.PUBLIC: (READ, f"deleted_at is null and {OF_A_PUBLISHED_PRODUCT}"),
        **OWN,
    },
    "catalog_offer": {
        DbRole.PUBLIC: (READ, f"active and deleted_at is null and {OF_A_PUBLISHED_PRODUCT}"),
        **OWN,
    },
    "catalog_stock_movement": OWN,
    "catalog_image": {DbRole.PUBLIC: (READ, OF_A_PUBLISHED_PRODUCT), **OWN},
    "catalog_search": {DbRole.PUBLIC: (READ, "all"), **OWN},
    "catalog_search_draft": OWN,
    "catalog_import_key": OWN,
}


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
    for function in (
        "catalog_search_added",
        "catalog_search_changed",
        "catalog_search_keys_changed",
        "catalog_words",
    ):
        op.execute(f"drop function {function}")
