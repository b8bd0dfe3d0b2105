"""What imports changed, line by line, and what each came to."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.work import Raw, Work
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.ids import first_id_at
from shoplytics.kernel.money import Money
from shoplytics.modules.catalog.domain import ChangeKind, ImportChange
from shoplytics.modules.catalog.ports import ChangesPage, ChangeSummary
from shoplytics.ports.catalog import ImportChangeView

CHANGES_A_PAGE = 1000
NOTE_CHANGES = """
    insert into catalog_import_change
        (store_id, job_id, line, kind, product_id, title, sku, price_from, price_to, stock_from, stock_to)
    select $1, $2, c.* from unnest($3::bigint[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::bigint[],
        $9::bigint[], $10::int[], $11::int[]) c
    on conflict do nothing
"""
COUNT = """
    select count(*) filter (where price_from is distinct from price_to),
        count(*) filter (where stock_from is distinct from stock_to)
    from catalog_import_change where store_id = $1 and job_id = $2 and kind = 'offer'
"""
COLUMNS = "line, kind, product_id, title, sku, price_from, price_to, stock_from, stock_to"
LARGEST_PRICES = f"""
    select {COLUMNS} from catalog_import_change
    where store_id = $1 and job_id = $2 and kind = 'offer' and price_from is distinct from price_to
    order by abs(price_to - price_from)::float8 / nullif(price_from, 0) desc nulls first, line limit $3
"""
LARGEST_STOCKS = f"""
    select {COLUMNS} from catalog_import_change
    where store_id = $1 and job_id = $2 and kind = 'offer' and stock_from is distinct from stock_to
    order by abs(stock_to - stock_from)::float8 / nullif(stock_from, 0) desc nulls first, line limit $3
"""
KEEP = """
    insert into catalog_import_report (store_id, job_id, source_id, currency, result)
    values ($1, $2, $3, $4, $5::jsonb) on conflict do nothing
"""
FORGET_REPORTS = "delete from catalog_import_report where job_id < $1"
FORGET_CHANGES = "delete from catalog_import_change where job_id < $1"
CURRENCY = "select currency from catalog_import_report where store_id = $1 and job_id = $2"
PAGE = f"""
    select {COLUMNS} from catalog_import_change
    where store_id = $1 and job_id = $2 and (line, kind) > ($3, $4) order by line, kind limit $5
"""


async def note_changes(raw: Raw, changes: Sequence[ImportChange], *, store_id: UUID, job_id: UUID) -> None:
    if changes:
        await raw.execute(
            NOTE_CHANGES, store_id, job_id, [c.line for c in changes], [c.kind.value for c in changes],
            [c.product_id for c in changes], [c.title for c in changes], [c.sku for c in changes],
            [c.price_from for c in changes], [c.price_to for c in changes],
            [c.stock_from for c in changes], [c.stock_to for c in changes],
        )  # fmt: skip


def _change(row: asyncpg.Record) -> ImportChange:
    return ImportChange(
        line=row[0],
        kind=ChangeKind(row[1]),
        product_id=row[2],
        title=row[3],
        sku=row[4],
        price_from=row[5],
        price_to=row[6],
        stock_from=row[7],
        stock_to=row[8],
    )


def _view(row: asyncpg.Record, currency: str) -> ImportChangeView:
    change = _change(row)
    before, after = change.price_from, change.price_to
    return ImportChangeView(
        line=change.line,
        sku=change.sku,
        title=change.title,
        price_before=None if before is None else Money(before, currency),
        price_after=None if after is None else Money(after, currency),
        stock_before=change.stock_from,
        stock_after=change.stock_to,
    )


class PgReports:
    """See ReportRepository in modules/catalog/ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def summary(self, *, store_id: UUID, job_id: UUID, currency: str, shown: int) -> ChangeSummary:
        raw = self._work.raw
        (counts,) = await raw.fetch(COUNT, store_id, job_id)
        prices = await raw.fetch(LARGEST_PRICES, store_id, job_id, shown)
        stocks = await raw.fetch(LARGEST_STOCKS, store_id, job_id, shown)
        return ChangeSummary(
            prices=counts[0],
            stocks=counts[1],
            largest_prices=[_view(row, currency) for row in prices],
            largest_stocks=[_view(row, currency) for row in stocks],
        )

    async def keep(
        self, *, store_id: UUID, job_id: UUID, source_id: UUID | None, currency: str, result: msgspec.Struct
    ) -> None:
        text = to_json(result).decode()
        await self._work.raw.execute(KEEP, store_id, job_id, source_id, currency, text)

    async def forget_old(self, *, before: datetime) -> None:
        await self._work.raw.execute(FORGET_REPORTS, first_id_at(before))
        await self._work.raw.execute(FORGET_CHANGES, first_id_at(before))


class PgReportPages:
    """See ReportPages in modules/catalog/ports. A slow reader holds no transaction open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def exists(self, *, store_id: UUID, job_id: UUID, within: Sequence[UUID]) -> bool:
        async with self._database.work(DbRole.STORE, store_ids=within) as work:
            return await work.raw.fetchval(CURRENCY, store_id, job_id) is not None

    async def changes(
        self, *, store_id: UUID, job_id: UUID, within: Sequence[UUID]
    ) -> AsyncIterator[ChangesPage]:
        after = (0, "")
        while True:
            async with self._database.work(DbRole.STORE, store_ids=within) as work:
                currency = await work.raw.fetchval(CURRENCY, store_id, job_id)
                rows = await work.raw.fetch(PAGE, store_id, job_id, *after, CHANGES_A_PAGE)
            if rows and currency is not None:
                yield ChangesPage(currency=currency, changes=[_change(row) for row in rows])
            if len(rows) < CHANGES_A_PAGE:
                return
            after = (rows[-1][0], rows[-1][1])
