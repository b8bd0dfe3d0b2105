"""Offers and their stock, what the catalogue knows of stores, and each product's best offer."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.money import Money
from shoplytics.modules.catalog.domain import SkuTaken, StockChange
from shoplytics.ports.catalog import StoreOfferView
from shoplytics.ports.tenancy import StoreFacts
from shoplytics.ports.tracking import ProductVisits

MEET_STORE = """
    insert into catalog_store (store_id, name, active, currency, low_stock_threshold, version)
    values ($1, $2, $3, $4, $5, 0) on conflict do nothing
"""
# Shared lock: a change of the store waits for this transaction, and so reaches the rows it adds.
KNOWN_STORE = """
    select name, active, currency, low_stock_threshold from catalog_store where store_id = $1 for share
"""
STORE_CHANGED = """
    insert into catalog_store (store_id, name, active, currency, low_stock_threshold, version)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (store_id) do update set name = excluded.name, active = excluded.active,
        currency = excluded.currency, low_stock_threshold = excluded.low_stock_threshold,
        version = excluded.version
    where catalog_store.version < excluded.version
"""
STORE_OFFERS_CHANGED = """
    update catalog_offer set currency = $2, version = version + 1
    where store_id = $1 and currency <> $2
"""
STORE_PRODUCTS_CHANGED = """
    update catalog_product set store_name = $2, store_active = $3, currency = $4, version = version + 1
    where store_id = $1 and (store_name, store_active, currency) is distinct from ($2, $3, $4)
"""
OFFERS = """
    select o.id, o.store_id, o.product_id, o.variant_id, p.title, v.title, o.sku, o.price, o.compare_at,
        o.on_hand, o.reserved, o.low_stock_threshold, o.active, o.version, o.updated_at, o.currency
    from catalog_offer o
    join catalog_variant v on v.id = o.variant_id
    join catalog_product p on p.id = o.product_id
    where o.store_id = $1 and o.deleted_at is null
        and ($2::uuid is null or o.id = $2) and ($3::text is null or o.sku = $3)
        and ($4::uuid is null or o.product_id = $4) and ($5::uuid is null or o.id > $5)
    order by o.id limit $6
"""
SAVE_OFFER = """
    update catalog_offer set sku = $3, price = $4, compare_at = $5, low_stock_threshold = $6, active = $7,
        version = version + 1, updated_at = $9
    where store_id = $1 and id = $2 and deleted_at is null and ($8::int is null or version = $8)
"""
BUMP_PRODUCT = "update catalog_product set version = version + 1 where store_id = $1 and id = $2"
MOVE_STOCK = """
    with old as (
        select id, on_hand, reserved, coalesce($4::int, on_hand + $3::int) as wanted
        from catalog_offer where store_id = $1 and id = $2 and deleted_at is null for update
    ), moved as (
        update catalog_offer o set on_hand = old.wanted, version = o.version + 1, updated_at = $8
        from old
        where o.store_id = $1 and o.id = old.id and old.wanted between old.reserved and 1000000000
        returning o.store_id, o.id, o.product_id, o.on_hand, o.on_hand - old.on_hand as quantity
    ), told as (
        insert into catalog_stock_movement
            (id, store_id, offer_id, reason, actor, quantity, on_hand, created_at)
        select $7, store_id, id, $5, $6, quantity, on_hand, $8 from moved where quantity <> 0
    )
    select product_id from moved
"""
# A statement of its own, so that REFRESH sees what those who held the lock before have committed.
LOCK_PRODUCTS = """
    select id from catalog_product where id = any($1::uuid[]) order by id for no key update
"""
REFRESH = """
    update catalog_product p set best_offer_id = b.id, best_price = b.price, best_compare_at = b.compare_at,
        best_sku = b.sku, in_stock = coalesce(b.available, false)
    from unnest($1::uuid[]) q (product_id)
    left join lateral (
        select o.id, o.price, o.compare_at, o.sku, o.on_hand > o.reserved as available
        from catalog_offer o
        where o.product_id = q.product_id and o.active and o.deleted_at is null and o.price is not null
        order by o.on_hand > o.reserved desc, o.price, o.store_id = o.owner_id desc, o.created_at, o.id
        limit 1
    ) b on true
    where p.id = q.product_id
        and (p.best_offer_id, p.best_price, p.best_compare_at, p.best_sku, p.in_stock)
            is distinct from (b.id, b.price, b.compare_at, b.sku, coalesce(b.available, false))
"""
COUNT_VISITS = """
    with seen as (
        select v.id, v.visits from unnest($2::uuid[], $3::bigint[]) v (id, visits)
    ), locked as (
        select p.id from catalog_product p join seen using (id) where p.store_id = $1
        order by p.id for no key update of p
    )
    update catalog_product p set popularity = p.popularity + s.visits
    from seen s where p.id = s.id and p.id in (select id from locked)
"""


def _offer(row: asyncpg.Record) -> StoreOfferView:
    currency = row[15]
    return StoreOfferView(
        id=row[0],
        store_id=row[1],
        product_id=row[2],
        variant_id=row[3],
        product_title=row[4],
        variant_title=row[5],
        sku=row[6],
        price=None if row[7] is None else Money(row[7], currency),
        compare_at_price=None if row[8] is None else Money(row[8], currency),
        on_hand=row[9],
        reserved=row[10],
        available=row[9] - row[10],
        low_stock_threshold=row[11],
        active=row[12],
        version=row[13],
        updated_at=row[14],
    )


class PgStock:
    """The part of CatalogRepository (modules/catalog/ports) that is about offers and stores."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def known_store(self, facts: StoreFacts) -> StoreFacts:
        threshold = facts.low_stock_threshold
        await self._work.raw.execute(
            MEET_STORE, facts.id, facts.name, facts.active, facts.currency, threshold
        )
        row = await self._work.raw.fetchrow(KNOWN_STORE, facts.id)
        if row is None:
            return facts
        return StoreFacts(
            id=facts.id,
            name=row[0],
            slug=facts.slug,
            currency=row[2],
            timezone=facts.timezone,
            active=row[1],
            low_stock_threshold=row[3],
        )

    async def store_changed(self, facts: StoreFacts, *, version: int) -> None:
        newer = await self._work.raw.execute(
            STORE_CHANGED,
            facts.id,
            facts.name,
            facts.active,
            facts.currency,
            facts.low_stock_threshold,
            version,
        )
        if newer == "INSERT 0 1":
            await self._work.raw.execute(STORE_OFFERS_CHANGED, facts.id, facts.currency)
            await self._work.raw.execute(
                STORE_PRODUCTS_CHANGED, facts.id, facts.name, facts.active, facts.currency
            )

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
        return [_offer(row) for row in rows]

    async def offer(self, *, store_id: UUID, offer_id: UUID) -> StoreOfferView | None:
        row = await self._work.raw.fetchrow(OFFERS, store_id, offer_id, None, None, None, 1)
        return None if row is None else _offer(row)

    async def save_offer(self, offer: StoreOfferView, *, version: int | None, now: datetime) -> bool:
        price = None if offer.price is None else offer.price.minor
        compare_at = None if offer.compare_at_price is None else offer.compare_at_price.minor
        try:
            done = await self._work.raw.execute(
                SAVE_OFFER, offer.store_id, offer.id, offer.sku, price, compare_at,
                offer.low_stock_threshold, offer.active, version, now,
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise SkuTaken from None
        if done != "UPDATE 1":
            return False
        await self._work.raw.execute(BUMP_PRODUCT, offer.store_id, offer.product_id)
        await self.refresh([offer.product_id])
        return True

    async def move_stock(self, change: StockChange, *, now: datetime) -> bool:
        product_id = await self._work.raw.fetchval(
            MOVE_STOCK, change.store_id, change.offer_id, change.adjust, change.to, change.reason,
            change.actor, new_id(), now,
        )  # fmt: skip
        if product_id is None:
            return False
        await self.refresh([product_id])
        return True

    async def refresh(self, product_ids: Sequence[UUID]) -> None:
        await self._work.raw.execute(LOCK_PRODUCTS, list(product_ids))
        await self._work.raw.execute(REFRESH, list(product_ids))

    async def count_visits(self, *, store_id: UUID, visits: Sequence[ProductVisits]) -> None:
        products = [seen.product_id for seen in visits]
        await self._work.raw.execute(COUNT_VISITS, store_id, products, [seen.visits for seen in visits])
