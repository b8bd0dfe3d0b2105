"""Variants and options of products that are there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from shoplytics.adapters.postgres.catalog.adding import add_variants, options_text
from shoplytics.adapters.postgres.catalog.movements import MOVEMENT_ID
from shoplytics.adapters.postgres.catalog.offers import offer_view
from shoplytics.adapters.postgres.catalog.stock import PgStock
from shoplytics.adapters.postgres.work import Raw
from shoplytics.kernel.codec import to_json
from shoplytics.modules.catalog.domain import (
    HeldProduct,
    HeldVariant,
    NewVariant,
    Option,
    SkuTaken,
    StockMerge,
    VariantExists,
    variant_title,
)
from shoplytics.ports.catalog.variants import StoreVariantView
from shoplytics.ports.tenancy import StoreFacts

# Variants come by imports too, one of which a store has at a time, and go with their product. Rows cannot
# tell of those that are about to come, so whoever makes or removes some waits here, before any row is locked.
LOCK_VARIANTS = """
    select pg_advisory_xact_lock_shared(hashtextextended('catalog import ' || $1::text, 0)),
        pg_advisory_xact_lock(hashtextextended('catalog variants ' || $2::text, 0))
"""
LOCK_OFFERS = """
    select id from catalog_offer where store_id = $1 and product_id = $2 order by id for no key update
"""
LOCK_PRODUCT = """
    select version, options::text from catalog_product
    where store_id = $1 and id = $2 and deleted_at is null for no key update
"""
HELD = """
    select v.id, v.options::text, v.position, v.deleted_at is null as live, o.id, coalesce(o.on_hand, 0),
        coalesce(o.reserved, 0)
    from catalog_variant v
    left join catalog_offer o on o.variant_id = v.id and o.store_id = v.store_id and o.deleted_at is null
    where v.store_id = $1 and v.product_id = $2
    order by v.position, v.id
"""
VARIANTS = """
    select v.id as variant_id, v.title as variant_title, v.options::text as options, v.position,
        v.created_at as made_at, v.updated_at as changed_at, p.version as product_version,
        p.id as product_id, p.title as product_title, o.id, o.store_id, o.owner_id, o.sku, o.price,
        o.compare_at, o.on_hand, o.reserved, o.low_stock_threshold, o.active, o.version, o.updated_at,
        o.currency, s.blocked_by
    from catalog_product p
    left join catalog_variant v on v.store_id = p.store_id and v.product_id = p.id and v.deleted_at is null
        and ($3::uuid is null or v.id = $3)
    left join catalog_offer o on o.variant_id = v.id and o.store_id = p.store_id and o.deleted_at is null
    left join catalog_sold(array(
        select id from catalog_offer where store_id = $1 and product_id = $2 and deleted_at is null
    )) s on s.offer_id = o.id
    where p.store_id = $1 and p.id = $2 and p.deleted_at is null
    order by v.position, v.id
"""
# No two may have the same options even half-way, when two of them change places.
UNNAME = """
    update catalog_variant set options = jsonb_build_object(chr(31), id::text)
    where store_id = $1 and id = any($2::uuid[])
"""
NAME = """
    update catalog_variant v set options = g.options, title = g.title, updated_at = $2
    from unnest($3::uuid[], $4::jsonb[], $5::text[]) g (id, options, title)
    where v.store_id = $1 and v.id = g.id
"""
ARRANGE = """
    update catalog_variant v set position = o.position, updated_at = $2
    from unnest($3::uuid[]) with ordinality o (id, position)
    where v.store_id = $1 and v.id = o.id and v.position <> o.position
"""
DELETE_OFFERS = """
    update catalog_offer set deleted_at = $3, updated_at = $3, version = version + 1
    where store_id = $1 and variant_id = any($2::uuid[]) and deleted_at is null
"""
DELETE = """
    update catalog_variant set deleted_at = $3, updated_at = $3
    where store_id = $1 and id = any($2::uuid[]) and deleted_at is null
"""
RESTORE_OFFER = """
    update catalog_offer o set deleted_at = null, updated_at = $3, version = o.version + 1
    from catalog_variant v
    where o.store_id = $1 and v.store_id = $1 and v.id = $2 and o.variant_id = v.id
        and o.deleted_at = v.deleted_at
"""
RESTORE = "update catalog_variant set deleted_at = null, updated_at = $3 where store_id = $1 and id = $2"
MERGE_STOCK = f"""
    with moved as (
        update catalog_offer o set on_hand = o.on_hand + g.moved, version = o.version + 1, updated_at = $2
        from unnest($5::uuid[], $6::int[]) g (id, moved)
        where o.store_id = $1 and o.id = g.id
        returning o.id, o.on_hand, g.moved, clock_timestamp() as at
    )
    insert into catalog_stock_movement
        (id, store_id, offer_id, kind, reason, actor, quantity, on_hand, created_at)
    select {MOVEMENT_ID}, $1, id, 'adjust', $3, $4, moved, on_hand, at from moved
"""
DESCRIBE = """
    update catalog_product set options = $3::jsonb, version = version + 1, updated_at = $4
    where store_id = $1 and id = $2
"""


class _StoredOption(msgspec.Struct):
    name: str
    values: tuple[str, ...]


_options = msgspec.json.Decoder(tuple[_StoredOption, ...])
_chosen = msgspec.json.Decoder(dict[str, str])


async def lock_variants(raw: Raw, *, store_id: UUID, product_id: UUID) -> None:
    """Before any row: until the end nobody else makes or removes variants of the product."""
    await raw.execute(LOCK_VARIANTS, str(store_id), str(product_id))


async def rename_variants(
    raw: Raw, options: Mapping[UUID, Mapping[str, str]], *, store_id: UUID, now: datetime
) -> None:
    """To `options`, by the variant's id."""
    if options:
        ids, chosen = list(options), [dict(one) for one in options.values()]
        texts, titles = [to_json(one).decode() for one in chosen], [variant_title(one) for one in chosen]
        await raw.execute(UNNAME, store_id, ids)
        await raw.execute(NAME, store_id, now, ids, texts, titles)


def _held(row: asyncpg.Record) -> HeldVariant:
    return HeldVariant(
        id=row[0],
        options=_chosen.decode(row[1]),
        position=row[2],
        offer_id=row[4],
        on_hand=row[5],
        reserved=row[6],
    )


def _view(row: asyncpg.Record) -> StoreVariantView:
    return StoreVariantView(
        id=row["variant_id"],
        product_id=row["product_id"],
        title=row["variant_title"],
        options=_chosen.decode(row["options"]),
        position=row["position"],
        offer=None if row["id"] is None else offer_view(row),
        version=row["product_version"],
        created_at=row["made_at"],
        updated_at=row["changed_at"],
    )


def _refused(error: asyncpg.UniqueViolationError) -> SkuTaken | VariantExists:
    return SkuTaken() if error.constraint_name == "catalog_offer_sku" else VariantExists()


class PgVariants(PgStock):
    """See VariantRepository in modules/catalog/ports/variants.py. Offers are locked before products."""

    async def hold(self, *, store_id: UUID, product_id: UUID) -> HeldProduct | None:
        raw = self._work.raw
        await lock_variants(raw, store_id=store_id, product_id=product_id)
        await raw.execute(LOCK_OFFERS, store_id, product_id)
        product = await raw.fetchrow(LOCK_PRODUCT, store_id, product_id)
        if product is None:
            return None
        rows = await raw.fetch(HELD, store_id, product_id)
        return HeldProduct(
            id=product_id,
            version=product[0],
            options=tuple(Option(name=o.name, values=o.values) for o in _options.decode(product[1])),
            variants=tuple(_held(row) for row in rows if row["live"]),
            deleted=tuple(_held(row) for row in rows if not row["live"]),
        )

    async def variants(
        self, *, store_id: UUID, product_id: UUID, variant_id: UUID | None = None
    ) -> list[StoreVariantView] | None:
        rows = await self._work.raw.fetch(VARIANTS, store_id, product_id, variant_id)
        if not rows:
            return None
        return [_view(row) for row in rows if row["variant_id"] is not None]

    async def add(
        self,
        variants: Sequence[NewVariant],
        *,
        product_id: UUID,
        store: StoreFacts,
        actor: str,
        now: datetime,
    ) -> None:
        made = [(product_id, variant) for variant in variants]
        try:
            await add_variants(self._work.raw, made, store=store, reason="initial", actor=actor, now=now)
        except asyncpg.UniqueViolationError as error:
            raise _refused(error) from None

    async def rename(
        self, options: Mapping[UUID, Mapping[str, str]], *, store_id: UUID, now: datetime
    ) -> None:
        await rename_variants(self._work.raw, options, store_id=store_id, now=now)

    async def arrange(self, ids: Sequence[UUID], *, store_id: UUID, now: datetime) -> None:
        await self._work.raw.execute(ARRANGE, store_id, now, list(ids))

    async def delete(self, ids: Sequence[UUID], *, store_id: UUID, now: datetime) -> None:
        if ids:
            await self._work.raw.execute(DELETE_OFFERS, store_id, list(ids), now)
            await self._work.raw.execute(DELETE, store_id, list(ids), now)

    async def restore(self, *, store_id: UUID, variant_id: UUID, now: datetime) -> None:
        try:
            await self._work.raw.execute(RESTORE_OFFER, store_id, variant_id, now)
            await self._work.raw.execute(RESTORE, store_id, variant_id, now)
        except asyncpg.UniqueViolationError as error:
            raise _refused(error) from None

    async def merge_stock(
        self, merges: Sequence[StockMerge], *, store_id: UUID, reason: str, actor: str, now: datetime
    ) -> None:
        if merges:
            await self._work.raw.execute(
                MERGE_STOCK, store_id, now, reason, actor, [one.offer_id for one in merges],
                [one.moved for one in merges],
            )  # fmt: skip

    async def describe(
        self, options: Sequence[Option], *, store_id: UUID, product_id: UUID, now: datetime
    ) -> None:
        await self._work.raw.execute(DESCRIBE, store_id, product_id, options_text(options), now)
        await self.refresh([product_id])
