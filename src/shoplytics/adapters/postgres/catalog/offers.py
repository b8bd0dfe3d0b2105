"""What a store sells, of its own products and of others' that are open to the marketplace."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from shoplytics.adapters.postgres.catalog.movements import MOVEMENT_ID
from shoplytics.adapters.postgres.catalog.stock import PgStock
from shoplytics.kernel.money import Money
from shoplytics.modules.catalog.domain import NewOffer, OfferExists, OpenVariant, SkuTaken
from shoplytics.modules.catalog.ports import Effect, LowOffer
from shoplytics.ports.catalog import OfferBlock, StoreOfferView

# Titles and what blocks an offer come from rows that may be another store's: see the function.
OFFERS = """
    with page as (
        select o.id, o.store_id, o.owner_id, o.product_id, o.variant_id, o.sku, o.price, o.compare_at,
            o.on_hand, o.reserved, o.low_stock_threshold, o.active, o.version, o.updated_at, o.currency
        from catalog_offer o
        where o.store_id = $1 and o.deleted_at is null
            and ($2::uuid is null or o.id = $2) and ($3::text is null or o.sku = $3)
            and ($4::uuid is null or o.product_id = $4) and ($5::uuid is null or o.id > $5)
        order by o.id limit $6
    )
    select page.*, s.product_title, s.variant_title, s.blocked_by
    from page join catalog_sold(array(select id from page)) s on s.offer_id = page.id
    order by page.id
"""
OPENED = "select product_id, owner_id, currency from catalog_opened($1)"
ADD_OFFER = f"""
    with added as (
        insert into catalog_offer (id, store_id, owner_id, product_id, variant_id, sku, price, compare_at,
            currency, on_hand, low_stock_threshold, active, created_at, updated_at)
        values ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
        returning id, on_hand, clock_timestamp() as at
    )
    insert into catalog_stock_movement
        (id, store_id, offer_id, kind, reason, actor, quantity, on_hand, created_at)
    select {MOVEMENT_ID}, $1, id, 'initial', 'initial', $14, on_hand, on_hand, at from added where on_hand > 0
"""
SAVE_OFFER = """
    with old as (
        select o.id, o.on_hand - o.reserved <= coalesce(o.low_stock_threshold, s.low_stock_threshold) as low
        from catalog_offer o join catalog_store s on s.store_id = o.store_id
        where o.store_id = $1 and o.id = $2 and o.deleted_at is null and ($8::int is null or o.version = $8)
        for no key update of o
    )
    update catalog_offer o set sku = $3, price = $4, compare_at = $5, low_stock_threshold = $6, active = $7,
        version = o.version + 1, updated_at = $9
    from old, catalog_store s
    where o.store_id = $1 and o.id = old.id and s.store_id = o.store_id
    returning not old.low
        and o.on_hand - o.reserved <= coalesce(o.low_stock_threshold, s.low_stock_threshold)
"""
LOW = """
    select s.product_title, s.variant_title, o.sku, o.on_hand - o.reserved as available, o.options
    from catalog_sold($2::uuid[]) s
    join (
        select o.*, v.options <> '{}' as options
        from catalog_offer o join catalog_variant v on v.id = o.variant_id
    ) o on o.id = s.offer_id
    where o.store_id = $1 and o.active and o.deleted_at is null and s.blocked_by is null
    order by o.id
"""
DELETE_OFFER = """
    update catalog_offer set deleted_at = $3, updated_at = $3, version = version + 1
    where store_id = $1 and id = $2 and deleted_at is null and owner_id <> store_id and reserved = 0
    returning product_id
"""
RESTORE_OFFER = """
    update catalog_offer set deleted_at = null, updated_at = $3, version = version + 1
    where store_id = $1 and id = $2 and deleted_at is not null and owner_id <> store_id
    returning product_id
"""
BUMP_PRODUCT = "update catalog_product set version = version + 1 where store_id = $1 and id = $2"


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


def offer_view(row: asyncpg.Record) -> StoreOfferView:
    """Of the columns of OFFERS."""
    return StoreOfferView(
        id=row["id"],
        store_id=row["store_id"],
        owner_id=row["owner_id"],
        product_id=row["product_id"],
        variant_id=row["variant_id"],
        product_title=row["product_title"],
        variant_title=row["variant_title"],
        sku=row["sku"],
        price=_money(row["price"], row["currency"]),
        compare_at_price=_money(row["compare_at"], row["currency"]),
        on_hand=row["on_hand"],
        reserved=row["reserved"],
        available=row["on_hand"] - row["reserved"],
        low_stock_threshold=row["low_stock_threshold"],
        active=row["active"],
        blocked_by=_blocked(row),
        version=row["version"],
        updated_at=row["updated_at"],
    )


def _blocked(row: asyncpg.Record) -> OfferBlock | None:
    if row["blocked_by"] is not None:
        return OfferBlock(row["blocked_by"])
    return OfferBlock.NO_PRICE if row["price"] is None else None


def _refused(error: asyncpg.UniqueViolationError) -> SkuTaken | OfferExists:
    return SkuTaken() if error.constraint_name == "catalog_offer_sku" else OfferExists()


class PgOffers(PgStock):
    """See OfferRepository in modules/catalog/ports/offers.py. Offers are locked before products."""

    async def offers(
        self,
        *,
        store_id: UUID,
        sku: str | None = None,
        product_id: UUID | None = None,
        limit: int,
        after: UUID | None = None,
    ) -> list[StoreOfferView]:
        rows = await self._work.raw.fetch(OFFERS, store_id, None, sku, product_id, after, limit)
        return [offer_view(row) for row in rows]

    async def offer(self, *, store_id: UUID, offer_id: UUID) -> StoreOfferView | None:
        row = await self._work.raw.fetchrow(OFFERS, store_id, offer_id, None, None, None, 1)
        return None if row is None else offer_view(row)

    async def opened(self, variant_id: UUID) -> OpenVariant | None:
        row = await self._work.raw.fetchrow(OPENED, variant_id)
        return None if row is None else OpenVariant(product_id=row[0], owner_id=row[1], currency=row[2])

    async def add_offer(self, offer: NewOffer) -> bool:
        try:
            await self._work.raw.execute(
                ADD_OFFER, offer.store_id, offer.id, offer.variant.owner_id, offer.variant.product_id,
                offer.variant_id, offer.sku, offer.price, offer.compare_at, offer.variant.currency,
                offer.quantity, offer.low_stock_threshold, offer.active, offer.now, offer.actor,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise _refused(error) from None
        return bool(await self.refresh([offer.variant.product_id]))

    async def save_offer(self, offer: StoreOfferView, *, version: int | None, now: datetime) -> Effect | None:
        price = None if offer.price is None else offer.price.minor
        compare_at = None if offer.compare_at_price is None else offer.compare_at_price.minor
        try:
            low = await self._work.raw.fetchval(
                SAVE_OFFER, offer.store_id, offer.id, offer.sku, price, compare_at,
                offer.low_stock_threshold, offer.active, version, now,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise _refused(error) from None
        if low is None:
            return None
        await self._work.raw.execute(BUMP_PRODUCT, offer.store_id, offer.product_id)
        return Effect(low=low, listed=bool(await self.refresh([offer.product_id])))

    async def low(self, *, store_id: UUID, offer_ids: Sequence[UUID]) -> list[LowOffer]:
        rows = await self._work.raw.fetch(LOW, store_id, list(offer_ids))
        return [
            LowOffer(
                title=f"{row[0]}, {row[1]}" if row["options"] else row[0],
                sku=row["sku"],
                available=row["available"],
            )
            for row in rows
        ]

    async def delete_offer(self, *, store_id: UUID, offer_id: UUID, now: datetime) -> bool:
        return await self._and_refresh(DELETE_OFFER, store_id, offer_id, now)

    async def restore_offer(self, *, store_id: UUID, offer_id: UUID, now: datetime) -> bool:
        try:
            return await self._and_refresh(RESTORE_OFFER, store_id, offer_id, now)
        except asyncpg.UniqueViolationError as error:
            raise _refused(error) from None

    async def _and_refresh(self, statement: str, store_id: UUID, offer_id: UUID, now: datetime) -> bool:
        product_id = await self._work.raw.fetchval(statement, store_id, offer_id, now)
        if product_id is not None:
            await self.refresh([product_id])
        return product_id is not None
