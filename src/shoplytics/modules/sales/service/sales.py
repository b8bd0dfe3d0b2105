"""Orders and customers of a store."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from uuid import UUID

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound, invalid_field
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.paging import Page
from shoplytics.modules.sales.ports import (
    BuyerLetters,
    OrderFilter,
    OrderRecord,
    OrderRecords,
    PageOf,
    SalesReads,
)
from shoplytics.modules.sales.service.cancelling import Expiry
from shoplytics.modules.sales.service.cart_keeping import CartKeeping
from shoplytics.modules.sales.service.completing import by_key, complete
from shoplytics.modules.sales.service.importing import ImportOrders, ImportProgress, OrderFile, Part
from shoplytics.modules.sales.service.letters import OrderLetters
from shoplytics.modules.sales.service.recording import (
    Change,
    digest,
    fact_of,
    is_sale,
    people_of,
    person_key,
    renumbered,
    skus_of,
)
from shoplytics.modules.sales.service.shopify_layout import CUSTOMER_ID
from shoplytics.ports.catalog import CatalogLookup
from shoplytics.ports.jobs import Jobs
from shoplytics.ports.object_store import ObjectStore
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.sales import (
    CustomerView,
    IncomingOrder,
    OrdersRecorded,
    OrderSummary,
    Recorded,
    StoreOrderView,
)
from shoplytics.ports.tenancy import AuditLog, StoreDirectory

IMPORT_ORDERS = "sales.import-orders"
SHOPIFY = "shopify"


class SalesService:
    def __init__(
        self,
        *,
        records: OrderRecords,
        reads: SalesReads,
        catalog: CatalogLookup,
        stores: StoreDirectory,
        audit: AuditLog,
        outbox: Outbox,
        jobs: Jobs,
        objects: ObjectStore,
        letters: BuyerLetters,
        carts: CartKeeping,
        expiry: Expiry,
        order_letters: OrderLetters,
        clock: Clock,
    ) -> None:
        self._records = records
        self._reads = reads
        self._catalog = catalog
        self._stores = stores
        self._audit = audit
        self._outbox = outbox
        self._jobs = jobs
        self._objects = objects
        self.letters = letters
        self.carts = carts
        self.expiry = expiry
        self.order_letters = order_letters
        self._clock = clock

    async def orders(self, *, store_id: UUID, wanted: OrderFilter, page: PageOf) -> Page[OrderSummary]:
        """Raises Invalid for a time without its offset: nobody could say which day it means."""
        for name, moment in (("placed_gte", wanted.placed_gte), ("placed_lte", wanted.placed_lte)):
            if moment is not None and moment.tzinfo is None:
                pointer = f"?{name}"
                raise invalid_field(pointer, "invalid_date", "Give the offset too: 2026-01-31T08:00:00Z.")
        return await self._reads.orders(store_id=store_id, wanted=wanted, page=page)

    async def order(self, *, store_id: UUID, order_id: UUID) -> StoreOrderView:
        """Raises NotFound."""
        found = await self._reads.order(store_id=store_id, order_id=order_id)
        if found is None:
            raise NotFound
        return found

    async def customers(self, *, store_id: UUID, q: str | None, page: PageOf) -> Page[CustomerView]:
        return await self._reads.customers(store_id=store_id, q=q, page=page)

    async def customer(self, *, store_id: UUID, customer_id: UUID) -> CustomerView:
        """Raises NotFound."""
        found = await self._reads.customer(store_id=store_id, customer_id=customer_id)
        if found is None:
            raise NotFound
        return found

    async def start_import(
        self, *, store_id: UUID, actor: Actor, chunks: AsyncIterator[bytes], dry_run: bool
    ) -> UUID:
        """The job's id. The file is stored as it comes; what is wrong with it, the job says."""
        upload = f"imports/{store_id}/{new_id()}"
        await self._objects.put(upload, chunks)
        payload = ImportOrders(store_id=store_id, upload=upload, dry_run=dry_run)
        job_id = await self._jobs.start(
            kind=IMPORT_ORDERS, payload=payload, store_id=store_id, user_id=actor.user_id
        )
        await self._audit.record(
            actor=actor, action="orders.import", target=f"job:{job_id}", store_id=store_id, after=payload
        )
        return job_id

    async def open_import(self, *, asked: ImportOrders) -> OrderFile:
        """The file, to be read outside of any transaction."""
        store = await self._stores.facts(asked.store_id)
        return OrderFile(self._objects, asked.upload, currency=store.currency, now=self._clock())

    async def import_part(self, *, asked: ImportOrders, part: Part, before: ImportProgress) -> ImportProgress:
        """Record the part's orders. A column the file does not have leaves what is known of it as it was."""
        if part.absent:
            await self._complete(asked.store_id, part)
        record = self.compare_orders if asked.dry_run else self.record_orders
        done = await record(store_id=asked.store_id, source=SHOPIFY, orders=part.orders)
        return part.onto(before, done)

    async def _complete(self, store_id: UUID, part: Part) -> None:
        known = await self._records.contents(store_id=store_id, source=SHOPIFY, orders=part.orders)
        if "Accepts Marketing" in part.absent:
            emails = sorted({order.email for order in part.orders if order.email})
            consents = await self._records.consents(store_id=store_id, emails=emails)
            for order in part.orders:
                order.accepts_marketing = consents.get(order.email or "", False)
        numbers: Mapping[UUID, str] = {}
        if CUSTOMER_ID in part.absent:
            buyers = sorted({view.customer_id for view in known if view.customer_id is not None})
            numbers = await self._records.numbers(store_id=store_id, customer_ids=buyers)
        stored = by_key(known)
        for order in part.orders:
            complete(order, stored, part.absent, numbers)

    async def compare_orders(
        self, *, store_id: UUID, source: str, orders: Sequence[IncomingOrder]
    ) -> Recorded:
        """What `record_orders` would do, with nothing written."""
        changes, unchanged = await self._changes(store_id, source, orders)
        return _recorded(changes, unchanged)

    async def record_orders(
        self, *, store_id: UUID, source: str, orders: Sequence[IncomingOrder]
    ) -> Recorded:
        """Make or replace the orders of one source, their lines and customers; unchanged ones do nothing.

        For some hundreds of orders at once. Of two with one key the later counts. No stock, payment, mail.
        """
        changes, unchanged = await self._changes(store_id, source, orders)
        if changes:
            records = await self._write(store_id, source, changes)
            facts = tuple(fact_of(record) for record in records)
            await self._outbox.add(OrdersRecorded(store_id=store_id, orders=facts))
        return _recorded(changes, unchanged)

    async def _changes(
        self, store_id: UUID, source: str, orders: Sequence[IncomingOrder]
    ) -> tuple[list[Change], int]:
        latest = {order.key: order for order in orders}
        stored = await self._records.stored(store_id=store_id, source=source, keys=list(latest))
        await self._link(store_id, latest.values())
        numbers: Mapping[UUID, str] = {}
        if any(order.customer_external_id for order in latest.values()):
            buyers = sorted({one.customer_id for one in stored.values() if one.customer_id is not None})
            numbers = await self._records.numbers(store_id=store_id, customer_ids=buyers)
        changes = [
            Change(order=order, content_hash=mark, stored=known)
            for key, order in latest.items()
            if (mark := digest(order)) != ((known := stored.get(key)) and known.content_hash)
            or renumbered(order, known, numbers)
        ]
        return changes, len(latest) - len(changes)

    async def _link(self, store_id: UUID, orders: Collection[IncomingOrder]) -> None:
        """Lines become sales of the products the store sells under their SKUs today."""
        skus = skus_of(orders)
        known = await self._catalog.by_sku(store_id=store_id, skus=skus) if skus else {}
        for order in orders:
            for line in order.lines:
                item = known.get(line.sku) if line.sku and line.product_id is None else None
                if item is not None:
                    line.product_id, line.variant_id = item.product_id, item.variant_id

    async def _write(self, store_id: UUID, source: str, changes: Sequence[Change]) -> list[OrderRecord]:
        store = await self._stores.facts(store_id)
        ids = await self._records.customers(
            store_id=store_id,
            currency=store.currency,
            people=people_of(change.order for change in changes),
        )
        records = [
            OrderRecord(
                id=known.id if (known := change.stored) else new_id(),
                version=known.version + 1 if known else 1,
                source=source,
                counts=is_sale(change.order),
                customer_id=ids.get(person_key(change.order) or ""),
                content_hash=change.content_hash,
                order=change.order,
            )
            for change in changes
        ]
        await self._records.write(store_id=store_id, records=records)
        touched = {*ids.values(), *(c.stored.customer_id for c in changes if c.stored)} - {None}
        await self._records.recount(store_id=store_id, customer_ids=[c for c in touched if c])
        return records


def _recorded(changes: Sequence[Change], unchanged: int) -> Recorded:
    new = sum(change.stored is None for change in changes)
    return Recorded(
        new=new,
        changed=len(changes) - new,
        unchanged=unchanged,
        lines=sum(len(change.order.lines) for change in changes),
    )
