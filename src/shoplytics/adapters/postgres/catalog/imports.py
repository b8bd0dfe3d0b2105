"""What an import reads and writes: whole batches at a time, one import per store at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from shoplytics.adapters.postgres.catalog.adding import (
    SEPARATOR,
    add_images,
    add_products,
    add_variants,
    options_text,
)
from shoplytics.adapters.postgres.catalog.covers import SET_COVERS
from shoplytics.adapters.postgres.catalog.movements import MOVEMENT_ID
from shoplytics.adapters.postgres.catalog.reports import note_changes
from shoplytics.adapters.postgres.catalog.rows import Link, shown
from shoplytics.adapters.postgres.catalog.stock import PgStock
from shoplytics.adapters.postgres.catalog.taxonomy import locked_taxonomy
from shoplytics.adapters.postgres.catalog.variants import rename_variants
from shoplytics.adapters.postgres.work import Raw, Work
from shoplytics.kernel.codec import to_json
from shoplytics.modules.catalog.domain import (
    AttributeValue,
    ImportChange,
    KnownImage,
    KnownOffer,
    KnownProduct,
    KnownTraits,
    KnownVariant,
    OfferSet,
    Option,
    Plan,
    ProductSet,
    Taxonomy,
    TraitSet,
    WantedImage,
)
from shoplytics.ports.catalog import LowStockOffer
from shoplytics.ports.tenancy import StoreFacts

LOCK_STORE = "select pg_advisory_xact_lock(hashtextextended('catalog import ' || $1::text, 0))"
# An import fills the tables it reads: a plan kept from its first batches would be wrong for the later ones.
PLAN_AFRESH = "select set_config('plan_cache_mode', 'force_custom_plan', true)"
NOTE_KEYS = """
    with given as (
        select g.key, g.line from unnest($3::text[], $4::bigint[]) g (key, line)
    ), old as (
        select key, line from catalog_import_key
        where store_id = $1 and job_id = $2 and key = any($3::text[])
    ), noted as (
        insert into catalog_import_key (store_id, job_id, key, line)
        select $1, $2, key, line from given
        on conflict (store_id, job_id, key) do update set line = excluded.line
    )
    select key, line from old
"""
LAST_LINES = """
    select key, line from catalog_import_key where store_id = $1 and job_id = $2 and key = any($3::text[])
"""
FORGET_KEYS = "delete from catalog_import_key where store_id = $1 and job_id = $2"
FORGET_OLD_KEYS = "delete from catalog_import_key where job_id < $1"
OFFERS_BY_SKU = """
    select id, product_id, sku, price, compare_at, on_hand, reserved from catalog_offer
    where store_id = $1 and sku = any($2::text[]) and deleted_at is null order by id for update
"""
OFFERS_OF_PRODUCTS = """
    select id, product_id, sku, price, compare_at, on_hand, reserved, variant_id from catalog_offer
    where store_id = $1 and product_id = any($2::uuid[]) and deleted_at is null
"""
LOCKED_OFFERS_OF_PRODUCTS = f"{OFFERS_OF_PRODUCTS} order by id for update"
KNOWN_COLUMNS = """p.id, p.slug, p.title, p.description, p.vendor, p.product_type, p.tags,
    p.published_at is not null, p.active, p.options::text, p.category_id, p.attributes::text"""
PRODUCTS_BY_SLUG = f"""
    select {KNOWN_COLUMNS}
    from catalog_product p where p.store_id = $1 and p.slug = any($2::text[]) and p.deleted_at is null
"""
VARIANTS_OF_PRODUCTS = """
    select id, product_id, options::text, position from catalog_variant
    where store_id = $1 and product_id = any($2::uuid[]) and deleted_at is null order by position, id
"""
IMAGES_OF_PRODUCTS = """
    select product_id, url, alt, status = 'ready' from catalog_image
    where store_id = $1 and product_id = any($2::uuid[]) and status in ('linked', 'ready')
    order by product_id, position
"""
TRAITS_OF_PRODUCTS = """
    select id, title, product_type, category_id, attributes::text from catalog_product
    where store_id = $1 and id = any($2::uuid[]) and deleted_at is null
"""
TAKEN_SLUGS = """
    select slug from catalog_product where store_id = $1 and slug = any($2::text[]) and deleted_at is null
"""
# No two may have the same SKU even half-way, when two of them change places.
FREE_SKUS = "update catalog_offer set sku = null where store_id = $1 and id = any($2::uuid[])"
SET_OFFERS = f"""
    with given as (
        select *
        from unnest($5::uuid[], $6::text[], $7::bigint[], $8::bigint[], $9::int[], $10::int[])
            g (id, sku, price, compare_at, on_hand, moved)
    ), changed as (
        update catalog_offer o set sku = g.sku, price = g.price, compare_at = g.compare_at,
            on_hand = g.on_hand, version = o.version + 1, updated_at = $2
        from given g
        where o.id = g.id and o.store_id = $1 and o.id = any($5::uuid[])
        returning o.id, o.product_id, o.low_stock_threshold, o.on_hand, o.reserved, g.moved,
            clock_timestamp() as at
    ), told as (
        insert into catalog_stock_movement
            (id, store_id, offer_id, kind, reason, actor, quantity, on_hand, created_at)
        select {MOVEMENT_ID}, $1, id, 'import', $3, $4, moved, on_hand, at from changed where moved <> 0
    )
    select c.id, c.product_id, c.on_hand - c.reserved
    from changed c
    join catalog_store s on s.store_id = $1
    cross join lateral (select coalesce(c.low_stock_threshold, s.low_stock_threshold) as threshold) t
    where c.on_hand - c.moved - c.reserved > t.threshold and c.on_hand - c.reserved <= t.threshold
"""
SET_PRODUCTS = """
    update catalog_product p set title = g.title, description = g.description, vendor = g.vendor,
        product_type = g.product_type, tags = string_to_array(g.tags, chr(31)), active = g.active,
        published_at = case when g.published then coalesce(p.published_at, $2) end, options = g.options,
        version = p.version + 1, updated_at = $2
    from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[],
            $10::boolean[], $11::jsonb[])
        g (id, title, description, vendor, product_type, tags, published, active, options)
    where p.id = g.id and p.store_id = $1 and p.id = any($3::uuid[])
"""
# By id, and before any of them is written: see docs/offers-and-stock.md.
LOCK_PRODUCTS = """
    select id from catalog_product where store_id = $1 and id = any($2::uuid[]) order by id for no key update
"""
SET_TRAITS = """
    update catalog_product p set category_id = g.category_id, attributes = p.attributes || g.attributes,
        version = p.version + 1, updated_at = $2
    from unnest($3::uuid[], $4::uuid[], $5::jsonb[]) g (id, category_id, attributes)
    where p.id = g.id and p.store_id = $1 and p.id = any($3::uuid[])
"""
# A file knows the linked images only: those that were sent stay, and come first.
DROP_IMAGES = """
    delete from catalog_image where store_id = $1 and product_id = any($2::uuid[]) and status = 'linked'
"""
LAST_IMAGES = """
    select product_id, max(position) from catalog_image
    where store_id = $1 and product_id = any($2::uuid[]) group by product_id
"""


class _StoredOption(msgspec.Struct):
    name: str
    values: tuple[str, ...]


_options = msgspec.json.Decoder(tuple[_StoredOption, ...])
_chosen = msgspec.json.Decoder(dict[str, str])
_values = msgspec.json.Decoder(dict[str, AttributeValue])


def _offer(row: asyncpg.Record) -> KnownOffer:
    return KnownOffer(
        id=row[0],
        product_id=row[1],
        sku=row[2],
        price=row[3],
        compare_at=row[4],
        on_hand=row[5],
        reserved=row[6],
    )


def _product(
    row: asyncpg.Record, variants: Sequence[KnownVariant], images: Sequence[KnownImage]
) -> KnownProduct:
    return KnownProduct(
        id=row[0],
        slug=row[1],
        title=row[2],
        description=row[3],
        vendor=row[4],
        product_type=row[5],
        tags=tuple(row[6]),
        published=row[7],
        active=row[8],
        options=tuple(Option(name=o.name, values=o.values) for o in _options.decode(row[9])),
        category_id=row[10],
        attributes=_values.decode(row[11]),
        variants=tuple(variants),
        images=tuple(images),
    )


async def known_products(
    raw: Raw, rows: Sequence[asyncpg.Record], *, store_id: UUID, lock: bool, link: Link
) -> list[KnownProduct]:
    """Of KNOWN_COLUMNS, with their variants, offers (locked, if asked for) and images."""
    ids = [row[0] for row in rows]
    offers_of = LOCKED_OFFERS_OF_PRODUCTS if lock else OFFERS_OF_PRODUCTS
    offers = {row[7]: _offer(row) for row in await raw.fetch(offers_of, store_id, ids)}
    variants: dict[UUID, list[KnownVariant]] = {}
    for row in await raw.fetch(VARIANTS_OF_PRODUCTS, store_id, ids):
        variant = KnownVariant(
            id=row[0], options=_chosen.decode(row[2]), position=row[3], offer=offers.get(row[0])
        )
        variants.setdefault(row[1], []).append(variant)
    images: dict[UUID, list[KnownImage]] = {}
    for row in await raw.fetch(IMAGES_OF_PRODUCTS, store_id, ids):
        image = KnownImage(url=shown(row[1], link) or "", alt=row[2], sent=row[3])
        images.setdefault(row[0], []).append(image)
    return [_product(row, variants.get(row[0], ()), images.get(row[0], ())) for row in rows]


class PgImports(PgStock):
    """See ImportRepository in modules/catalog/ports."""

    def __init__(self, work: Work, *, link: Link) -> None:
        super().__init__(work)
        self._link = link

    async def lock(self, store_id: UUID) -> None:
        await self._work.raw.execute(LOCK_STORE, str(store_id))
        await self._work.raw.execute(PLAN_AFRESH)

    async def note_keys(self, *, store_id: UUID, job_id: UUID, lines: Mapping[str, int]) -> dict[str, int]:
        rows = await self._work.raw.fetch(NOTE_KEYS, store_id, job_id, list(lines), list(lines.values()))
        return {row[0]: row[1] for row in rows}

    async def last_lines(self, *, store_id: UUID, job_id: UUID, keys: Sequence[str]) -> dict[str, int]:
        rows = await self._work.raw.fetch(LAST_LINES, store_id, job_id, list(keys))
        return {row[0]: row[1] for row in rows}

    async def forget_keys(self, *, store_id: UUID, job_id: UUID) -> None:
        await self._work.raw.execute(FORGET_KEYS, store_id, job_id)

    async def forget_old_keys(self, *, before: UUID) -> None:
        await self._work.raw.execute(FORGET_OLD_KEYS, before)

    async def offers_by_sku(self, *, store_id: UUID, skus: Sequence[str]) -> dict[str, KnownOffer]:
        rows = await self._work.raw.fetch(OFFERS_BY_SKU, store_id, list(skus))
        return {row[2]: _offer(row) for row in rows}

    async def products_by_slug(self, *, store_id: UUID, slugs: Sequence[str]) -> dict[str, KnownProduct]:
        rows = await self._work.raw.fetch(PRODUCTS_BY_SLUG, store_id, list(slugs))
        found = await known_products(self._work.raw, rows, store_id=store_id, lock=True, link=self._link)
        return {product.slug: product for product in found}

    async def taken_slugs(self, *, store_id: UUID, slugs: Sequence[str]) -> set[str]:
        return {row[0] for row in await self._work.raw.fetch(TAKEN_SLUGS, store_id, list(slugs))}

    async def taxonomy(self, *, store_id: UUID, codes: Sequence[str], categories: bool) -> Taxonomy:
        return await locked_taxonomy(self._work.raw, store_id=store_id, codes=codes, categories=categories)

    async def traits(self, *, store_id: UUID, products: Sequence[UUID]) -> dict[UUID, KnownTraits]:
        return {
            row[0]: KnownTraits(
                title=row[1], product_type=row[2], category_id=row[3], attributes=_values.decode(row[4])
            )
            for row in await self._work.raw.fetch(TRAITS_OF_PRODUCTS, store_id, list(products))
        }

    async def note_changes(self, changes: Sequence[ImportChange], *, store_id: UUID, job_id: UUID) -> None:
        await note_changes(self._work.raw, changes, store_id=store_id, job_id=job_id)

    async def carry_out(
        self, plan: Plan, *, store: StoreFacts, actor: str, now: datetime
    ) -> list[LowStockOffer]:
        raw = self._work.raw
        if plan.freed:
            await raw.execute(FREE_SKUS, store.id, plan.freed)
        low = await self._set_offers(plan.offer_sets, store_id=store.id, actor=actor, now=now)
        if plan.product_sets or plan.traits or plan.images:
            await raw.execute(LOCK_PRODUCTS, store.id, plan.touched())
        await add_products(raw, plan.products, store=store, reason="import")
        await rename_variants(raw, plan.renamed, store_id=store.id, now=now)
        await add_variants(raw, plan.variants, store=store, reason="import", actor=actor, now=now)
        await self._set_products(plan.product_sets, store_id=store.id, now=now)
        await self._set_traits(plan.traits, store_id=store.id, now=now)
        await self._set_images(plan.images, store_id=store.id, now=now)
        sold = [offer.product_id for offer in plan.offer_sets] + [product for product, _ in plan.variants]
        if sold:
            await self.refresh(list(dict.fromkeys(sold)))
        return low

    async def _set_offers(
        self, offers: Sequence[OfferSet], *, store_id: UUID, actor: str, now: datetime
    ) -> list[LowStockOffer]:
        """Those that fell to their threshold."""
        if not offers:
            return []
        rows = await self._work.raw.fetch(
                SET_OFFERS, store_id, now, "import", actor, [o.id for o in offers], [o.sku for o in offers],
                [o.price for o in offers], [o.compare_at for o in offers], [o.on_hand for o in offers],
                [o.moved for o in offers],
        )  # fmt: skip
        return [LowStockOffer(offer_id=row[0], product_id=row[1], available=row[2]) for row in rows]

    async def _set_products(self, sets: Sequence[ProductSet], *, store_id: UUID, now: datetime) -> None:
        if sets:
            await self._work.raw.execute(
                SET_PRODUCTS, store_id, now, [s.id for s in sets], [s.title for s in sets],
                [s.description for s in sets], [s.vendor for s in sets], [s.product_type for s in sets],
                [SEPARATOR.join(s.tags) for s in sets], [s.published for s in sets],
                [s.active for s in sets], [options_text(s.options) for s in sets],
            )  # fmt: skip

    async def _set_traits(self, sets: Mapping[UUID, TraitSet], *, store_id: UUID, now: datetime) -> None:
        if sets:
            traits = sets.values()
            await self._work.raw.execute(
                SET_TRAITS, store_id, now, list(sets), [one.category_id for one in traits],
                [to_json(one.attributes).decode() for one in traits],
            )  # fmt: skip

    async def _set_images(
        self, images: Mapping[UUID, Sequence[WantedImage]], *, store_id: UUID, now: datetime
    ) -> None:
        if images:
            await self._work.raw.execute(DROP_IMAGES, store_id, list(images))
            last = await self._work.raw.fetch(LAST_IMAGES, store_id, list(images))
            taken = {row[0]: row[1] for row in last}
            rows = [
                (product_id, image.url, image.alt, place)
                for product_id, wanted in images.items()
                for place, image in enumerate(wanted, start=taken.get(product_id, 0) + 1)
            ]
            await add_images(self._work.raw, rows, store_id=store_id, now=now)
            await self._work.raw.execute(SET_COVERS, store_id, list(images), now)
