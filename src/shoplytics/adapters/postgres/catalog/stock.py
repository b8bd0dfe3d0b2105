"""Stock of offers, what the catalogue knows of stores, and each product's best offer."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shoplytics.adapters.postgres.catalog.movements import MOVEMENT_ID
from shoplytics.adapters.postgres.work import Work
from shoplytics.modules.catalog.domain import StockChange
from shoplytics.modules.catalog.ports import Effect
from shoplytics.ports.tenancy import StoreFacts

MEET_STORE = """
    insert into catalog_store (store_id, name, active, currency, low_stock_threshold, timezone, version)
    values ($1, $2, $3, $4, $5, $6, 0) on conflict do nothing
"""
# Shared lock: a change of the store waits for this transaction, and so reaches the rows it adds.
KNOWN_STORE = """
    select name, active, currency, low_stock_threshold from catalog_store where store_id = $1 for share
"""
STORE_CHANGED = """
    insert into catalog_store (store_id, name, active, currency, low_stock_threshold, version, timezone)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (store_id) do update set name = excluded.name, active = excluded.active,
        currency = excluded.currency, low_stock_threshold = excluded.low_stock_threshold,
        version = excluded.version, timezone = excluded.timezone
    where catalog_store.version < excluded.version
"""
STORE_OFFERS_CHANGED = """
    update catalog_offer set currency = $2, version = version + 1
    where store_id = $1 and currency <> $2
"""
STORE_PRODUCTS_CHANGED = """
    with locked as (
        select id from catalog_product
        where store_id = $1 and (store_name, store_active, currency) is distinct from ($2, $3, $4)
        order by id for no key update
    )
    update catalog_product p set store_name = $2, store_active = $3, currency = $4, version = p.version + 1
    from locked where p.store_id = $1 and p.id = locked.id
"""
MOVE_STOCK = f"""
    with old as (
        select o.id, o.on_hand, o.reserved, coalesce($4::int, o.on_hand + $3::int) as wanted,
            coalesce(o.low_stock_threshold, s.low_stock_threshold) as threshold
        from catalog_offer o join catalog_store s on s.store_id = o.store_id
        where o.store_id = $1 and o.id = $2 and o.deleted_at is null for no key update of o
    ), moved as (
        update catalog_offer o set on_hand = old.wanted, version = o.version + 1, updated_at = $7
        from old
        where o.store_id = $1 and o.id = old.id and old.wanted between old.reserved and 1000000000
        returning o.store_id, o.id, o.product_id, o.on_hand, o.on_hand - old.on_hand as quantity,
            old.on_hand - old.reserved > old.threshold and o.on_hand - o.reserved <= old.threshold as low,
            clock_timestamp() as at
    ), told as (
        insert into catalog_stock_movement
            (id, store_id, offer_id, kind, reason, actor, quantity, on_hand, created_at)
        select {MOVEMENT_ID}, store_id, id, case when $4::int is null then 'adjust' else 'set' end, $5, $6,
            quantity, on_hand, at
        from moved where quantity <> 0
    )
    select product_id, low from moved
"""
REFRESH = "select changed from catalog_refresh($1::uuid[]) changed"
# Products of which another store's offer may have come or gone with this store.
SHARED_PRODUCTS = """
    select distinct product_id from catalog_offer
    where store_id = $1 and owner_id <> $1 and deleted_at is null
"""


class PgStock:
    """What the repositories of products, offers and imports have in common (modules/catalog/ports)."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def known_store(self, facts: StoreFacts) -> StoreFacts:
        threshold = facts.low_stock_threshold
        await self._work.raw.execute(
            MEET_STORE, facts.id, facts.name, facts.active, facts.currency, threshold, facts.timezone
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
            facts.timezone,
        )
        if newer == "INSERT 0 1":
            await self._work.raw.execute(STORE_OFFERS_CHANGED, facts.id, facts.currency)
            await self._work.raw.execute(
                STORE_PRODUCTS_CHANGED, facts.id, facts.name, facts.active, facts.currency
            )
            shared = await self._work.raw.fetch(SHARED_PRODUCTS, facts.id)
            await self.refresh([row[0] for row in shared])

    async def move_stock(self, change: StockChange, *, now: datetime) -> Effect | None:
        row = await self._work.raw.fetchrow(
            MOVE_STOCK, change.store_id, change.offer_id, change.adjust, change.to, change.reason,
            change.actor, now,
        )  # fmt: skip
        if row is None:
            return None
        return Effect(low=row[1], listed=bool(await self.refresh([row[0]])))

    async def refresh(self, product_ids: Sequence[UUID]) -> list[UUID]:
        return [row[0] for row in await self._work.raw.fetch(REFRESH, list(product_ids))]
