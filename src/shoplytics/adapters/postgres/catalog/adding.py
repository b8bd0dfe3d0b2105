"""New products with their variants, offers, images and first stock: four statements, however many."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from shoplytics.adapters.postgres.catalog.movements import MOVEMENT_ID
from shoplytics.adapters.postgres.work import Raw
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.ids import new_id
from shoplytics.modules.catalog.domain import NewProduct, NewVariant, Option
from shoplytics.ports.tenancy import StoreFacts

SEPARATOR = "\x1f"  # between the tags of one row: PostgreSQL's arrays of arrays must be rectangular

ADD_PRODUCTS = """
    insert into catalog_product (id, store_id, store_name, store_active, currency, title, slug, description,
        vendor, product_type, tags, featured, active, published_at, options, image_url, best_offer_id,
        best_price, best_compare_at, best_sku, in_stock, category_id, attributes, marketplace, created_at,
        updated_at)
    select p.id, $1, $2, $3, $4, p.title, p.slug, p.description, p.vendor, p.product_type,
        string_to_array(p.tags, chr(31)), p.featured, p.active, p.published_at, p.options, p.image_url,
        p.offer_id, p.price, p.compare_at, p.sku, p.in_stock, p.category_id, p.attributes, p.marketplace,
        $5, $5
    from unnest($6::uuid[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
            $13::boolean[], $14::boolean[], $15::timestamptz[], $16::jsonb[], $17::text[], $18::uuid[],
            $19::bigint[], $20::bigint[], $21::text[], $22::boolean[], $23::uuid[], $24::jsonb[],
            $25::boolean[])
        p (id, title, slug, description, vendor, product_type, tags, featured, active, published_at, options,
            image_url, offer_id, price, compare_at, sku, in_stock, category_id, attributes, marketplace)
"""
ADD_VARIANTS = """
    insert into catalog_variant (id, store_id, product_id, title, options, position, created_at, updated_at)
    select v.id, $1, v.product_id, v.title, v.options, v.position, $2, $2
    from unnest($3::uuid[], $4::uuid[], $5::text[], $6::jsonb[], $7::int[])
        v (id, product_id, title, options, position)
"""
ADD_OFFERS = f"""
    with added as (
        insert into catalog_offer (id, store_id, owner_id, product_id, variant_id, sku, price, compare_at,
            currency, on_hand, created_at, updated_at)
        select o.id, $1, $1, o.product_id, o.variant_id, o.sku, o.price, o.compare_at, $3, o.on_hand, $2, $2
        from unnest($6::uuid[], $7::uuid[], $8::uuid[], $9::text[], $10::bigint[], $11::bigint[], $12::int[])
            o (id, product_id, variant_id, sku, price, compare_at, on_hand)
        returning id, on_hand, clock_timestamp() as at
    )
    insert into catalog_stock_movement
        (id, store_id, offer_id, kind, reason, actor, quantity, on_hand, created_at)
    select {MOVEMENT_ID}, $1, id, $4, $4, $5, on_hand, on_hand, at from added where on_hand > 0
"""
ADD_IMAGES = """
    insert into catalog_image (id, store_id, product_id, url, alt, position, created_at)
    select i.id, $1, i.product_id, i.url, i.alt, i.position, $2
    from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::int[])
        i (id, product_id, url, alt, position)
"""


def _values(attributes: Mapping[str, object]) -> str:
    return to_json({code: value for code, value in attributes.items() if value is not None}).decode()


def options_text(options: Sequence[Option]) -> str:
    """The product's `options` column."""
    return to_json([{"name": option.name, "values": option.values} for option in options]).decode()


async def add_products(raw: Raw, products: Sequence[NewProduct], *, store: StoreFacts, reason: str) -> None:
    """With their best offers set. All share the first one's actor and time."""
    if not products:
        return
    best = [product.best for product in products]
    now = products[0].now
    await raw.execute(
        ADD_PRODUCTS, store.id, store.name, store.active, store.currency, now,
        [p.id for p in products], [p.title for p in products], [p.slug for p in products],
        [p.description for p in products], [p.vendor for p in products], [p.product_type for p in products],
        [SEPARATOR.join(p.tags) for p in products], [p.featured for p in products],
        [p.active for p in products], [p.published_at for p in products],
        [options_text(p.options) for p in products], [p.image_url for p in products],
        [b and b.offer_id for b in best], [b and b.price for b in best], [b and b.compare_at for b in best],
        [b and b.sku for b in best], [b is not None and b.quantity > 0 for b in best],
        [p.category_id for p in products], [_values(p.attributes) for p in products],
        [p.marketplace for p in products],
    )  # fmt: skip
    variants = [(product.id, variant) for product in products for variant in product.variants]
    await add_variants(raw, variants, store=store, reason=reason, actor=products[0].actor, now=now)
    images = [(p.id, *image, place) for p in products for place, image in enumerate(p.images, start=1)]
    await add_images(raw, images, store_id=store.id, now=now)


async def add_variants(
    raw: Raw,
    variants: Sequence[tuple[UUID, NewVariant]],
    *,
    store: StoreFacts,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Pairs of a product's id and its new variant, each with its owner's offer."""
    if not variants:
        return
    made = [variant for _, variant in variants]
    products = [product_id for product_id, _ in variants]
    ids = [variant.id for variant in made]
    await raw.execute(
        ADD_VARIANTS, store.id, now, ids, products, [v.title for v in made],
        [to_json(dict(v.options)).decode() for v in made], [v.position for v in made],
    )  # fmt: skip
    await raw.execute(
        ADD_OFFERS, store.id, now, store.currency, reason, actor, [v.offer_id for v in made], products, ids,
        [v.sku for v in made], [v.price for v in made], [v.compare_at for v in made],
        [v.quantity for v in made],
    )  # fmt: skip


async def add_images(
    raw: Raw, images: Sequence[tuple[UUID, str, str, int]], *, store_id: UUID, now: datetime
) -> None:
    """Of (product, address, alt text, position)."""
    if images:
        columns = [list(column) for column in zip(*images, strict=True)]
        await raw.execute(ADD_IMAGES, store_id, now, [new_id() for _ in images], *columns)
