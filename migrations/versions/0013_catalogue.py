"""Attributes, galleries, reservations, marketplace offers and nightly imports.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

from shoplytics.adapters.postgres.rls import READ, WRITE, predicate, protect
from shoplytics.kernel.access import DbRole

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# The words of a description, without tags and addresses. No attribute of what is kept as HTML holds a `>`.
WORDS_FUNCTION = """
    create or replace function catalog_words(
        title text, vendor text, product_type text, tags text[], description text
    )
    returns tsvector language sql immutable parallel safe as $$
        select setweight(to_tsvector('simple'::regconfig, title), 'A')
            || setweight(to_tsvector('english'::regconfig, title), 'B')
            || setweight(to_tsvector('simple'::regconfig,
                concat_ws(' ', vendor, product_type, array_to_string(tags, ' '))), 'C')
            || setweight(to_tsvector('english'::regconfig,
                regexp_replace(left(description, 20000), '<[a-zA-Z/!?][^>]*(>|$)', ' ', 'g')), 'D')
    $$
"""

# What lists find a product by: `code:value` of each of its attributes that the store lets be found.
FACTS_FUNCTION = """
    create function catalog_facts(store uuid, attributes jsonb) returns text[] language sql stable as $$
        select coalesce(array_agg(e.key || ':' || v.value order by e.key, v.value), '{}')
        from jsonb_each(attributes) e
        join catalog_attribute a on a.store_id = store and a.code = e.key and a.filterable
            and a.deleted_at is null
        cross join lateral jsonb_array_elements_text(
            case when jsonb_typeof(e.value) = 'array' then e.value else jsonb_build_array(e.value) end) v
    $$
"""
FACTS_TRIGGER_FUNCTION = """
    create function catalog_set_facts() returns trigger language plpgsql as $$
    begin
        new.facts = catalog_facts(new.store_id, new.attributes);
        return new;
    end
    $$
"""
FACTS_TRIGGERS = [
    """
    create trigger catalog_product_facts_added before insert on catalog_product for each row
        when (new.attributes <> '{}') execute function catalog_set_facts()
    """,
    """
    create trigger catalog_product_facts_changed before update of attributes on catalog_product for each row
        when (new.attributes is distinct from old.attributes) execute function catalog_set_facts()
    """,
]

# A store sees the platform's categories beside its own and changes its own: no row may change its store, and
# none may be deleted, so that the check of the changed row is all it takes.
CATEGORY_FIELDS = "parent_id, name, slug, path, description, position, version, updated_at, deleted_at"
CATEGORY_OF_STORE = [
    "drop policy shop_store on catalog_category",
    "revoke update, delete on catalog_category from shop_store",
    f"grant update ({CATEGORY_FIELDS}) on catalog_category to shop_store",
    f"""
    create policy shop_store on catalog_category for all to shop_store
        using (store_id is null or {predicate("store")}) with check ({predicate("store")})
    """,
]

# Images of a published product are for all to see once there is something to see.
OF_A_PUBLISHED_PRODUCT = "exists (select from catalog_product p where p.id = product_id)"
IMAGES_SHOWN = [
    "drop policy shop_public on catalog_image",
    f"""
    create policy shop_public on catalog_image for select to shop_public
        using (status in ('linked', 'ready') and {OF_A_PUBLISHED_PRODUCT})
    """,
]

TABLES: list[str] = [
    "alter table catalog_category add column description text not null default ''",
    "alter table catalog_category add column version int not null default 1",
    *CATEGORY_OF_STORE,
    WORDS_FUNCTION,
    "create index catalog_product_category on catalog_product (category_id) where deleted_at is null",
    # `attributes` holds values by the codes of catalog_attribute; `marketplace`: others may offer it too.
    "alter table catalog_product add column attributes jsonb not null default '{}'",
    "alter table catalog_product add column marketplace boolean not null default false",
    # An attribute of every product of the store, or of those of a category (with its descendants) or type.
    """
    create table catalog_attribute (
        id uuid primary key,
        store_id uuid not null,
        code text not null,
        name text not null,
        kind text not null check (kind in ('text', 'number', 'boolean', 'date', 'choice', 'choices')),
        unit text,
        choices text[] not null default '{}',
        category_id uuid references catalog_category,
        product_type text,
        required boolean not null default false,
        filterable boolean not null default true,
        position int not null default 0,
        version int not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz
    )
    """,
    """
    create unique index catalog_attribute_code on catalog_attribute (store_id, code)
        where deleted_at is null
    """,
    # An image is `linked` (it stays where its address says), or uploaded and then pending, ready or failed.
    """
    alter table catalog_image
        add column status text not null default 'linked'
            check (status in ('linked', 'pending', 'ready', 'failed')),
        add column renditions jsonb not null default '[]',
        add column width int,
        add column height int,
        add column upload text,
        add column source_url text,
        add column error text,
        add column version int not null default 1,
        add column updated_at timestamptz not null default now(),
        alter column url drop not null,
        add check (url is not null or status in ('pending', 'failed'))
    """,
    *IMAGES_SHOWN,
    # Reordering moves every row of a gallery in one statement, which a plain unique index refuses half-way.
    "drop index catalog_image_position",
    """
    alter table catalog_image add constraint catalog_image_position
        unique (store_id, product_id, position) deferrable initially deferred
    """,
    # What is held for a checkout; the sum of an offer's rows is its `reserved`.
    """
    create table catalog_reservation (
        reference uuid not null,
        offer_id uuid not null,
        store_id uuid not null,
        quantity int not null check (quantity > 0),
        created_at timestamptz not null default now(),
        primary key (reference, offer_id),
        foreign key (store_id, offer_id) references catalog_offer (store_id, id) on delete cascade
    )
    """,
    "create index catalog_reservation_offer on catalog_reservation (store_id, offer_id)",
    # `reference`: the checkout, order or return that a movement belongs to; it is put back once.
    """
    alter table catalog_stock_movement
        add column reference uuid,
        add column kind text not null
            check (kind in ('initial', 'import', 'adjust', 'set', 'sold', 'restock'))
    """,
    """
    create unique index catalog_stock_movement_restock
        on catalog_stock_movement (store_id, reference, offer_id) where kind = 'restock'
    """,
    "create index catalog_stock_movement_store on catalog_stock_movement (store_id, id)",
    """
    create table catalog_import_source (
        id uuid primary key,
        store_id uuid not null,
        name text not null,
        kind text not null check (kind in ('folder', 'url')),
        location text not null,
        layout text not null,
        hour int not null check (hour between 0 and 23),
        active boolean not null default true,
        started_on date,
        told_on date,
        job_id uuid,
        digest text,
        created_by uuid,
        version int not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz
    )
    """,
    "create index catalog_import_source_store on catalog_import_source (store_id, id)",
    # By whose clock a nightly import starts.
    "alter table catalog_store add column timezone text not null default 'UTC'",
    # What an import came to, and what it changed: once a line and kind of change.
    """
    create table catalog_import_report (
        store_id uuid not null,
        job_id uuid not null,
        source_id uuid,
        currency char(3) not null,
        result jsonb not null,
        created_at timestamptz not null default now(),
        primary key (store_id, job_id)
    )
    """,
    """
    create index catalog_import_report_source on catalog_import_report (store_id, source_id, job_id)
        where source_id is not null
    """,
    """
    create table catalog_import_change (
        store_id uuid not null,
        job_id uuid not null,
        line bigint not null,
        kind text not null check (kind in ('created', 'variant', 'offer', 'content', 'images')),
        product_id uuid not null,
        title text not null,
        sku text,
        price_from bigint,
        price_to bigint,
        stock_from int,
        stock_to int,
        primary key (store_id, job_id, line, kind)
    )
    """,
]
TABLES += [FACTS_FUNCTION, FACTS_TRIGGER_FUNCTION, *FACTS_TRIGGERS]
OWN = {DbRole.STORE: (WRITE, "store"), DbRole.SYSTEM: (WRITE, "all"), DbRole.PLATFORM: (WRITE, "all")}
RULES: dict[str, dict[DbRole, tuple[str, str]]] = {
    "catalog_attribute": {DbRole.PUBLIC: (READ, "deleted_at is null"), **OWN},
    "catalog_reservation": OWN,
    "catalog_import_source": OWN,
    "catalog_import_report": OWN,
    "catalog_import_change": OWN,
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
    op.execute("drop index catalog_stock_movement_store")
    op.execute("alter table catalog_stock_movement drop column reference, drop column kind")
    op.execute("drop policy shop_public on catalog_image")
    for statement in protect("catalog_image", {DbRole.PUBLIC: (READ, OF_A_PUBLISHED_PRODUCT)}):
        op.execute(statement)
    op.execute("delete from catalog_image where url is null")
    op.execute("alter table catalog_image alter column url set not null")
    op.execute("alter table catalog_image drop constraint catalog_image_position")
    op.execute("create unique index catalog_image_position on catalog_image (store_id, product_id, position)")
    for column in (
        "status",
        "renditions",
        "width",
        "height",
        "upload",
        "source_url",
        "error",
        "version",
        "updated_at",
    ):
        op.execute(f"alter table catalog_image drop column {column}")
    op.execute("drop index catalog_product_category")
    op.execute("drop policy shop_store on catalog_category")
    for statement in protect("catalog_category", {DbRole.STORE: (WRITE, "store")}):
        op.execute(statement)
    for event in ("added", "changed"):
        op.execute(f"drop trigger catalog_product_facts_{event} on catalog_product")
    for function in ("catalog_set_facts()", "catalog_facts(uuid, jsonb)"):
        op.execute(f"drop function {function}")
    op.execute("alter table catalog_product drop column attributes, drop column marketplace")
    op.execute("alter table catalog_category drop column description, drop column version")
