"""Imports of products: the file is read twice, first for its last lines, then to write what differs."""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.csv_cells import unguarded
from shoplytics.kernel.csv_rows import CsvRow, MoreColumns, read_rows
from shoplytics.kernel.ids import first_id_at, new_id
from shoplytics.modules.catalog.domain import Plan, WantedProduct
from shoplytics.modules.catalog.ports import ImportRepository
from shoplytics.modules.catalog.service import inventory_file, shopify_file
from shoplytics.modules.catalog.service.cells import BadCell
from shoplytics.modules.catalog.service.planning import InventoryPlanner, Outcome, ShopifyPlanner
from shoplytics.modules.catalog.service.progress import ImportProgress
from shoplytics.modules.catalog.service.reports import ImportReports
from shoplytics.ports.catalog import ImportResult, LowStock, LowStockOffer, ProductsChanged
from shoplytics.ports.jobs import Jobs, RowError
from shoplytics.ports.object_store import ObjectStore
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import AuditLog, StoreDirectory

IMPORT_PRODUCTS = "catalog.import-products"
ROWS_A_BATCH = 1000
UNMATCHED_SHOWN = 20
KEYS_KEPT = timedelta(days=7)

Layout = Literal["inventory", "shopify"]


class Reader(Protocol):
    """Rows in, whole products out."""

    @property
    def open_line(self) -> int | None:
        """Where the product begins that may go on in the next row."""
        ...

    def columns(self, codes: Sequence[str]) -> None:
        """Attributes whose cells follow those of the known columns; called before the first row."""
        ...

    def add(self, row: CsvRow) -> list[WantedProduct]:
        """Raises BadCell."""
        ...

    def end(self) -> list[WantedProduct]: ...
    def take_errors(self) -> list[RowError]:
        """Of rows that are used in part; each once."""
        ...


@dataclass(frozen=True, kw_only=True)
class _Columns:
    required: Sequence[str]
    optional: Sequence[str]
    attributes: re.Pattern[str]
    reader: Callable[[str], Reader]


LAYOUTS: dict[Layout, _Columns] = {
    "inventory": _Columns(
        required=inventory_file.REQUIRED,
        optional=inventory_file.OPTIONAL,
        attributes=inventory_file.ATTRIBUTES,
        reader=inventory_file.InventoryReader,
    ),
    "shopify": _Columns(
        required=shopify_file.REQUIRED,
        optional=shopify_file.OPTIONAL,
        attributes=shopify_file.ATTRIBUTES,
        reader=shopify_file.ShopifyReader,
    ),
}


class ImportProducts(msgspec.Struct, frozen=True, kw_only=True):
    """The job's payload; `key` names the upload in the object store, `actor` whom stock movements name."""

    key: str
    store_id: UUID
    layout: Layout
    dry_run: bool
    actor: str


class Part(msgspec.Struct, kw_only=True):
    """Whole products of one stretch of the file, which ends with `line`."""

    products: list[WantedProduct]
    errors: list[RowError]
    line: int
    rows: int


class _Cutter:
    """Cuts rows into parts between products: what belongs to a product still open waits for the next part."""

    def __init__(self, reader: Reader, line: int) -> None:
        self._reader = reader
        self._line = line
        self._errors: list[RowError] = []
        self._lines: list[int] = []

    def cut(self, rows: Sequence[CsvRow]) -> Part:
        products: list[WantedProduct] = []
        for row in rows:
            try:
                if row.error is not None:
                    raise BadCell(row.error.code, row.error.message)
                products += self._reader.add(_plain(row))
            except BadCell as error:
                self._errors.append(
                    RowError(line=row.line, code=error.code, message=error.message, row=row.text)
                )
        self._lines += [row.line for row in rows]
        opened = self._reader.open_line
        return self._part(products, self._lines[-1] if opened is None else opened - 1)

    def end(self) -> Part:
        return self._part(self._reader.end(), self._lines[-1] if self._lines else self._line)

    def _part(self, products: list[WantedProduct], line: int) -> Part:
        self._errors += self._reader.take_errors()
        errors = [error for error in self._errors if error.line <= line]
        self._errors = [error for error in self._errors if error.line > line]
        rows = sum(1 for one in self._lines if one <= line)
        self._lines, self._line = self._lines[rows:], line
        return Part(products=products, errors=errors, line=line, rows=rows)


class ImportFile:
    """One uploaded file, readable from any line at which a part ended."""

    def __init__(self, objects: ObjectStore, asked: ImportProducts, currency: str) -> None:
        self._objects = objects
        self._asked = asked
        self._currency = currency

    async def parts(self, *, after_line: int) -> AsyncIterator[Part]:
        """Raises BadFile for a file that cannot be read as a whole."""
        layout = LAYOUTS[self._asked.layout]
        reader = layout.reader(self._currency)
        cutter = _Cutter(reader, after_line)
        async for rows in read_rows(
            self._objects.read(self._asked.key),
            required=layout.required,
            optional=layout.optional,
            after_line=after_line,
            batch=ROWS_A_BATCH,
            more=MoreColumns(layout.attributes, reader.columns),
        ):
            yield cutter.cut(rows)
        yield cutter.end()

    async def discard(self) -> None:
        await self._objects.delete(self._asked.key)


class CatalogImports:
    """Starts imports, and does them part by part within one unit of work each."""

    def __init__(
        self,
        *,
        catalog: ImportRepository,
        reports: ImportReports,
        stores: StoreDirectory,
        audit: AuditLog,
        objects: ObjectStore,
        jobs: Jobs,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._reports = reports
        self._stores = stores
        self._audit = audit
        self._objects = objects
        self._jobs = jobs
        self._outbox = outbox
        self._clock = clock

    async def start(
        self,
        *,
        store_id: UUID,
        actor: Actor,
        chunks: AsyncIterator[bytes],
        layout: Layout,
        dry_run: bool,
    ) -> UUID:
        """The job's id."""
        key = f"imports/{store_id}/{new_id()}"
        await self._objects.put(key, chunks)
        payload = ImportProducts(
            key=key, store_id=store_id, layout=layout, dry_run=dry_run, actor=actor.label
        )
        job_id = await self._jobs.start(
            kind=IMPORT_PRODUCTS, payload=payload, store_id=store_id, user_id=actor.user_id
        )
        await self._audit.record(
            actor=actor, action="products.import", target=f"job:{job_id}", store_id=store_id, after=payload
        )
        return job_id

    async def open(self, *, asked: ImportProducts) -> ImportFile:
        """Prices are read in the store's currency of this moment."""
        facts = await self._stores.facts(asked.store_id)
        return ImportFile(self._objects, asked, facts.currency)

    async def survey(
        self, *, asked: ImportProducts, job_id: UUID, part: Part, before: ImportProgress
    ) -> tuple[ImportProgress, list[RowError]]:
        """Remember on which line each key stands last, and which handles are split; report repeated SKUs."""
        stands = [stand for product in part.products for stand in _stands(product)]
        last = {key: line for key, line, _ in stands}
        earlier = await self._note(asked.store_id, job_id, last)
        repeated: list[RowError] = []
        split: dict[str, int] = {}
        for key, line, row in stands:
            known = earlier.get(key)
            if known is not None and known < line:
                kind, _, text = key.partition(":")
                if kind == "handle":
                    split[f"split:{text}"] = known
                else:
                    message = f"The SKU {text} stands on line {known} too; the last row wins."
                    repeated.append(RowError(line=line, code="duplicate_sku", message=message, row=row))
            earlier[key] = line
        await self._note(asked.store_id, job_id, split)
        progress = msgspec.structs.replace(
            before,
            line=part.line,
            rows=before.rows + part.rows,
            duplicates=before.duplicates + len(repeated),
        )
        return progress, [*part.errors, *repeated]

    async def apply(
        self, *, asked: ImportProducts, job_id: UUID, part: Part, before: ImportProgress
    ) -> tuple[ImportProgress, list[RowError]]:
        """Write what differs from the store's products, and publish them; nothing in a dry run."""
        store_id = asked.store_id
        await self._catalog.lock(store_id)
        store = await self._catalog.known_store(await self._stores.facts(store_id))
        wanted, split = await self._winners(store_id, job_id, part.products)
        now = self._clock()
        kind = InventoryPlanner if asked.layout == "inventory" else ShopifyPlanner
        outcome = await kind(self._catalog, store_id=store_id, actor=asked.actor, now=now).plan(wanted)
        if not asked.dry_run and outcome.plan.size:
            low = await self._catalog.carry_out(outcome.plan, store=store, actor=asked.actor, now=now)
            await self._tell(store_id, outcome.plan, low)
        await self._catalog.note_changes(outcome.plan.changes, store_id=store_id, job_id=job_id)
        outcome.errors += split
        return _counted(before, part, outcome), outcome.errors

    async def finish(
        self, *, asked: ImportProducts, job_id: UUID, done: ImportProgress, keep: bool = True
    ) -> ImportResult:
        """Forget what only the job needed; what it came to, kept unless somebody else keeps it."""
        store_id = asked.store_id
        await self._catalog.forget_keys(store_id=store_id, job_id=job_id)
        currency = (await self._stores.facts(store_id)).currency
        result = await self._reports.make(
            done, store_id=store_id, job_id=job_id, currency=currency, dry_run=asked.dry_run
        )
        if keep:
            await self._reports.keep(result, store_id=store_id, job_id=job_id, currency=currency)
        return result

    async def forget_old(self, now: datetime) -> None:
        """What jobs that failed or were cancelled left behind, a week after their start; old reports."""
        await self._catalog.forget_old_keys(before=first_id_at(now - KEYS_KEPT))
        await self._reports.forget_old(now)

    async def _note(self, store_id: UUID, job_id: UUID, lines: dict[str, int]) -> dict[str, int]:
        return await self._catalog.note_keys(store_id=store_id, job_id=job_id, lines=lines) if lines else {}

    async def _winners(
        self, store_id: UUID, job_id: UUID, products: Sequence[WantedProduct]
    ) -> tuple[list[WantedProduct], list[RowError]]:
        """Without products whose rows are split, each of whose rows is refused, and SKUs that stand again."""
        keys = [key for product in products for key, _, _ in _stands(product)]
        keys += [f"split:{product.slug}" for product in products if product.slug]
        last = await self._catalog.last_lines(store_id=store_id, job_id=job_id, keys=keys) if keys else {}
        winners: list[WantedProduct] = []
        refused: list[RowError] = []
        for product in products:
            if f"split:{product.slug}" in last:
                lines = last[f"split:{product.slug}"], last[f"handle:{product.slug}"]
                refused += _split(product, *lines)
                continue
            kept = [
                variant if last.get(f"sku:{variant.sku}", variant.line) == variant.line else None
                for variant in product.variants
            ]
            if not product.slug and None in kept:
                continue
            product.variants = [
                there or replace(lost, sku=None) for there, lost in zip(kept, product.variants, strict=True)
            ]
            winners.append(product)
        return winners, refused

    async def _tell(self, store_id: UUID, plan: Plan, low: Sequence[LowStockOffer]) -> None:
        changed = plan.touched()
        if changed:
            await self._outbox.add(ProductsChanged(store_id=store_id, product_ids=tuple(changed)))
        if low:
            await self._outbox.add(LowStock(store_id=store_id, offers=tuple(low)))


def _plain(row: CsvRow) -> CsvRow:
    """Its values as they were before an export guarded them against spreadsheets."""
    if "'" not in row.raw:
        return row
    return msgspec.structs.replace(row, values=tuple(unguarded(value) for value in row.values))


def _stands(product: WantedProduct) -> list[tuple[str, int, str]]:
    """Key, line and row of everything in the product that must stand once in a file."""
    stands = [(f"handle:{product.slug}", product.line, product.row)] if product.slug else []
    return stands + [(f"sku:{v.sku}", v.line, v.row) for v in product.variants if v.sku is not None]


def _split(product: WantedProduct, line: int, other: int) -> list[RowError]:
    """One error for each row: nobody can tell which of the parts is the product."""
    message = f"The rows of {product.slug} are not together: some begin on line {line}, some on line {other}."
    return [
        RowError(line=place, code="handle_split", message=message, row=row) for place, row in product.rows
    ]


def _counted(before: ImportProgress, part: Part, outcome: Outcome) -> ImportProgress:
    return msgspec.structs.replace(
        before,
        line=part.line,
        rows=before.rows + part.rows,
        created=before.created + outcome.created,
        updated=before.updated + outcome.updated,
        unchanged=before.unchanged + outcome.unchanged,
        rejected=before.rejected + len({error.line for error in (*part.errors, *outcome.errors)}),
        unmatched_categories=_tallied(before.unmatched_categories, outcome.unmatched_categories),
        unmatched_attributes=_tallied(before.unmatched_attributes, outcome.unmatched_attributes),
    )


def _tallied(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Of the first names only: a file may have as many as rows."""
    known = dict(before)
    for name, count in more.items():
        if name in known or len(known) < UNMATCHED_SHOWN:
            known[name] = known.get(name, 0) + count
    return known
