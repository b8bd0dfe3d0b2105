"""An uploaded orders file as parts that are each recorded in one transaction."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from shoplytics.kernel.csv_rows import CsvRow, read_rows
from shoplytics.modules.sales.service.grouping import Group, Grouper, Survey
from shoplytics.modules.sales.service.shopify_layout import OPTIONAL, REQUIRED
from shoplytics.modules.sales.service.shopify_orders import OrderParser
from shoplytics.ports.jobs import RowError
from shoplytics.ports.object_store import ObjectStore
from shoplytics.ports.sales import IncomingOrder, Recorded

ORDERS_A_PART = 300
ROWS_A_PART = 8000
ROWS_A_READ = 2000


class ImportOrders(msgspec.Struct, frozen=True, kw_only=True):
    """The job's payload: the upload's key in the object store."""

    store_id: UUID
    upload: str
    dry_run: bool = False


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """In a dry run, what would have become of the orders. `lines` are those written."""

    rows: int
    orders: int
    new: int
    changed: int
    unchanged: int
    skipped: int
    lines: int
    dry_run: bool


class ImportProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import is: `rows` read, the last of them on `line`; and what became of the orders so far."""

    line: int = 0
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    lines: int = 0

    def result(self, *, dry_run: bool) -> ImportResult:
        return ImportResult(
            rows=self.rows,
            orders=self.new + self.changed + self.unchanged,
            new=self.new,
            changed=self.changed,
            unchanged=self.unchanged,
            skipped=self.skipped,
            lines=self.lines,
            dry_run=dry_run,
        )


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the file that ends with a whole order. `absent` are the columns the file does not have."""

    orders: list[IncomingOrder]
    errors: list[RowError]
    groups: int
    rows: int
    last_line: int
    absent: frozenset[str] = frozenset()

    def onto(self, before: ImportProgress, done: Recorded) -> ImportProgress:
        return ImportProgress(
            line=self.last_line,
            rows=before.rows + self.rows,
            new=before.new + done.new,
            changed=before.changed + done.changed,
            unchanged=before.unchanged + done.unchanged,
            skipped=before.skipped + self.groups - len(self.orders),
            lines=before.lines + done.lines,
        )


class OrderFile:
    """Reads the upload twice: first to learn which orders stand twice or are torn apart, then to parse it."""

    def __init__(self, objects: ObjectStore, upload: str, *, currency: str, now: datetime) -> None:
        self._objects = objects
        self._upload = upload
        self._currency = currency
        self._now = now
        self._survey = Survey()
        self._absent: frozenset[str] = frozenset()

    @property
    def rows(self) -> int:
        return self._survey.rows

    async def survey(self) -> None:
        """Raises BadFile for what is no orders file at all."""
        grouper = Grouper()
        async for rows in self._read(after_line=0):
            self._survey.add(grouper.push(rows))
        self._survey.add(grouper.finish())

    async def parts(self, *, after: ImportProgress) -> AsyncGenerator[Part]:
        """The next part is parsed in a thread while the caller records the present one."""
        parts = self._parts(after.line)
        upcoming = asyncio.create_task(anext(parts, None))
        try:
            while (part := await upcoming) is not None:
                upcoming = asyncio.create_task(anext(parts, None))
                yield part
        finally:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)
            await parts.aclose()

    async def discard(self) -> None:
        await self._objects.delete(self._upload)

    def _read(self, *, after_line: int) -> AsyncIterator[list[CsvRow]]:
        return read_rows(
            self._objects.read(self._upload),
            required=REQUIRED,
            optional=OPTIONAL,
            after_line=after_line,
            batch=ROWS_A_READ,
            on_header=self._note_absent,
        )

    def _note_absent(self, absent: frozenset[str]) -> None:
        self._absent = absent

    async def _parts(self, after_line: int) -> AsyncGenerator[Part]:
        parser = OrderParser(self._survey, currency=self._currency, now=self._now)
        grouper = Grouper()
        waiting: list[Group] = []
        rows = 0
        async for read in self._read(after_line=after_line):
            for group in grouper.push(read):
                waiting.append(group)
                rows += len(group.rows)
                if len(waiting) >= ORDERS_A_PART or rows >= ROWS_A_PART:
                    yield await asyncio.to_thread(_part, parser, waiting, self._absent)
                    waiting, rows = [], 0
        waiting += grouper.finish()
        if waiting:
            yield await asyncio.to_thread(_part, parser, waiting, self._absent)


def _part(parser: OrderParser, groups: Sequence[Group], absent: frozenset[str]) -> Part:
    orders, errors = parser.parse(groups)
    return Part(
        orders=orders,
        errors=errors,
        groups=len(groups),
        rows=sum(len(group.rows) for group in groups),
        last_line=groups[-1].rows[-1].line,
        absent=absent,
    )
