"""Orders files, and their import as a worker runs it, for the tests of sales."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.catalog import catalog_lookup
from shoplytics.adapters.postgres.outbox import PgOutbox
from shoplytics.adapters.postgres.sales import PgOrderRecords, PgSalesReads
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap import Infra
from shoplytics.bootstrap.carts import cart_keeping
from shoplytics.bootstrap.checkout import order_expiry, order_letters
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.codec import from_json, to_json
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.service import ImportOrders, SalesService
from shoplytics.modules.sales.tasks import import_orders
from shoplytics.ports.jobs import RowError
from shoplytics.ports.sales import OrderShipped, OrdersRecorded
from shoplytics.ports.tenancy import StoreFacts
from tests.fakes import KeptAudit

T = TypeVar("T")

FIRST = {
    "Name": "#1001",
    "Email": "amara@example.com",
    "Financial Status": "paid",
    "Paid at": "2026-01-09 10:12:40 +0000",
    "Fulfillment Status": "fulfilled",
    "Currency": "GBP",
    "Subtotal": "10.00",
    "Shipping": "2.50",
    "Taxes": "0.00",
    "Total": "12.50",
    "Created at": "2026-01-09 10:12:40 +0000",
    "Lineitem quantity": "2",
    "Lineitem name": "Mug",
    "Lineitem price": "5.00",
    "Lineitem sku": "MUG",
    "Id": "7001",
    "Cancelled at": "",
    "Refunded Amount": "0.00",
    "Discount Code": "",
    "Discount Amount": "0.00",
    "Lineitem discount": "0.00",
    "Lineitem fulfillment status": "fulfilled",
    "Accepts Marketing": "yes",
    "Billing Name": "Amara Nwosu",
    "Billing Zip": "'BS1 4RH",
    "Billing Phone": "'+44 117 496 0000",
    "Tags": "gift, priority",
    "Notes": "",
}


def row(**cells: str) -> dict[str, str]:
    """The first row of a good order, with other cells: `row(Total="1.00", Lineitem_name="Cup")`."""
    return FIRST | {name.replace("_", " "): text for name, text in cells.items()}


def more(**cells: str) -> dict[str, str]:
    """A further row of an order: its name and one line."""
    kept = {"Name", "Email", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price"}
    bare = {name: text if name in kept else "" for name, text in FIRST.items()}
    return bare | {name.replace("_", " "): text for name, text in cells.items()}


def orders_csv(rows: Sequence[Mapping[str, str]], *, without: Sequence[str] = ()) -> bytes:
    columns = [name for name in FIRST if name not in without]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


class Stores:
    """The directory of stores, all in one currency."""

    def __init__(self, currency: str = "GBP") -> None:
        self._currency = currency

    async def facts(self, store_id: UUID) -> StoreFacts:
        return StoreFacts(
            id=store_id,
            name="Shop",
            slug="shop",
            currency=self._currency,
            timezone="Europe/London",
            active=True,
            low_stock_threshold=5,
        )


class Objects:
    """An object store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        self.kept[key] = b"".join([chunk async for chunk in chunks])
        return len(self.kept[key])

    async def read(self, key: str) -> AsyncIterator[bytes]:
        if key not in self.kept:
            raise NotFound
        yield self.kept[key]

    async def delete(self, key: str) -> None:
        self.kept.pop(key, None)


class Quiet:
    """Writes to nobody."""

    async def shipped(self, event: OrderShipped) -> None:
        pass


def sales_of(
    infra: Infra, work: Work, objects: Objects | None = None, *, currency: str = "GBP"
) -> SalesService:
    """The service on the real tables, its facts going to a task named `test.seen`."""
    return SalesService(
        records=PgOrderRecords(work),
        reads=PgSalesReads(work),
        catalog=catalog_lookup(work),
        stores=Stores(currency),
        audit=KeptAudit(),
        outbox=PgOutbox(work, {OrdersRecorded.type: ["test.seen"]}, bell=infra.bell),
        jobs=infra.jobs(work),
        objects=objects or Objects(),
        letters=Quiet(),
        expiry=order_expiry(infra, work),
        order_letters=order_letters(infra, work),
        carts=cart_keeping(infra, work),
        clock=infra.clock,
    )


class WorkerDiedError(Exception):
    """The worker dies."""


class Step:
    """One batch of a `Run`."""

    def __init__(self, service: SalesService) -> None:
        self.service = service
        self.errors: list[RowError] = []
        self.done = 0
        self.total: int | None = 0
        self.cursor = b""

    async def progress(self, *, done: int, total: int | None, cursor: msgspec.Struct) -> None:
        self.done, self.total, self.cursor = done, total, to_json(cursor)

    async def reject(self, errors: Sequence[RowError]) -> None:
        self.errors = list(errors)


class Run:
    """A job of one store that may die after its batch number `dies_after`, and be run again."""

    def __init__(self, infra: Infra, store_id: UUID, file: bytes, *, dry_run: bool = False) -> None:
        self.id = new_id()
        self.store_id: UUID | None = store_id
        self.user_id: UUID | None = None
        self.objects = Objects()
        self.objects.kept["file"] = file
        self.errors: list[RowError] = []
        self.steps: list[tuple[int, int | None]] = []
        self.result: dict[str, object] = {}
        self.dies_after: int | None = None
        self._infra = infra
        self._store = store_id
        self._cursor = b""
        self._payload = to_json(ImportOrders(store_id=store_id, upload="file", dry_run=dry_run))

    def payload(self, kind: type[T]) -> T:
        return from_json(self._payload, kind)

    def cursor(self, kind: type[T]) -> T | None:
        return from_json(self._cursor, kind) if self._cursor else None

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[Step]:
        async with self._infra.database.work(DbRole.STORE, store_ids=[self._store]) as work:
            step = Step(sales_of(self._infra, work, self.objects))
            yield step
            if step.cursor and self.dies_after == len(self.steps):
                raise WorkerDiedError
            await work.commit()
        self.errors += step.errors
        if step.cursor:
            self._cursor = step.cursor
            self.steps.append((step.done, step.total))

    async def finish(self, result: msgspec.Struct) -> None:
        self.result = msgspec.structs.asdict(result)


async def run_import(infra: Infra, store_id: UUID, file: bytes, *, dry_run: bool = False) -> Run:
    """The whole import of `file`."""
    run = Run(infra, store_id, file, dry_run=dry_run)
    await import_orders(run)
    return run
