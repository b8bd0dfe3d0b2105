"""What an import came to: counts, the largest changes in its result, every change as CSV."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.csv_cells import csv_text
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.money import text_of
from shoplytics.modules.catalog.domain import ImportChange
from shoplytics.modules.catalog.ports import ReportPages, ReportRepository
from shoplytics.modules.catalog.service.progress import ImportProgress
from shoplytics.ports.catalog import ImportResult

SHOWN = 20
KEPT = timedelta(days=90)
COLUMNS = (
    "line", "change", "sku", "title", "price_before", "price_after", "stock_before", "stock_after",
)  # fmt: skip


class ImportReports:
    """Within the unit of work of a job's last step. `public_url` begins the links to CSVs."""

    def __init__(self, *, reports: ReportRepository, public_url: str) -> None:
        self._reports = reports
        self._public_url = public_url.rstrip("/")

    async def make(
        self,
        progress: ImportProgress,
        *,
        store_id: UUID,
        job_id: UUID,
        currency: str,
        dry_run: bool,
    ) -> ImportResult:
        """The result, not kept yet."""
        summary = await self._reports.summary(
            store_id=store_id, job_id=job_id, currency=currency, shown=SHOWN
        )
        return ImportResult(
            created=progress.created,
            updated=progress.updated,
            unchanged=progress.unchanged,
            rejected=progress.rejected,
            duplicates=progress.duplicates,
            dry_run=dry_run,
            unmatched_categories=progress.unmatched_categories,
            unmatched_attributes=progress.unmatched_attributes,
            price_changes=summary.prices,
            stock_changes=summary.stocks,
            largest_price_changes=summary.largest_prices,
            largest_stock_changes=summary.largest_stocks,
            changes_url=f"{self._public_url}/api/v1/stores/{store_id}/products/imports/{job_id}/changes.csv",
        )

    async def keep(
        self,
        result: msgspec.Struct,
        *,
        store_id: UUID,
        job_id: UUID,
        currency: str,
        source_id: UUID | None = None,
    ) -> None:
        """Under the job's id, once."""
        await self._reports.keep(
            store_id=store_id, job_id=job_id, source_id=source_id, currency=currency, result=result
        )

    async def forget_old(self, now: datetime) -> None:
        """Reports of imports that were started 90 days ago, and their changes."""
        await self._reports.forget_old(before=now - KEPT)


class ReportFiles:
    """Needs no unit of work: a file may take longer than a transaction should."""

    def __init__(self, *, pages: ReportPages) -> None:
        self._pages = pages

    async def changes_csv(self, *, actor: Actor, store_id: UUID, job_id: UUID) -> AsyncIterator[bytes]:
        """Raises NotFound for a job that is not an import of the store, or not done."""
        within = tuple(actor.stores)
        if not await self._pages.exists(store_id=store_id, job_id=job_id, within=within):
            raise NotFound
        return self._csv(store_id, job_id, within)

    async def _csv(self, store_id: UUID, job_id: UUID, within: tuple[UUID, ...]) -> AsyncIterator[bytes]:
        yield csv_text([COLUMNS])
        async for page in self._pages.changes(store_id=store_id, job_id=job_id, within=within):
            yield csv_text(_cells(change, page.currency) for change in page.changes)


def _cells(change: ImportChange, currency: str) -> tuple[str, ...]:
    prices = (change.price_from, change.price_to)
    stocks = (change.stock_from, change.stock_to)
    return (
        str(change.line),
        change.kind.value,
        change.sku or "",
        change.title,
        *("" if minor is None else text_of(minor, currency) for minor in prices),
        *("" if number is None else str(number) for number in stocks),
    )
