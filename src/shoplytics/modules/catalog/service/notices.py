"""Letters about nightly imports, to whoever set the source up or else manages the store."""

from collections.abc import Sequence
from uuid import UUID

from shoplytics.kernel.access import MANAGERS
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.letters import Letter
from shoplytics.modules.catalog.domain.letters import ImportFailedLetter, ImportReportLetter
from shoplytics.modules.catalog.ports import SourceRepository
from shoplytics.modules.catalog.service.readers import readers_of
from shoplytics.ports.catalog import ImportChangeView, ImportResult, ImportSourceRan, SourceRun
from shoplytics.ports.identity import UserCard, Users
from shoplytics.ports.mails import Mails
from shoplytics.ports.tenancy import StoreDirectory, Team

MAILED = 10


class ImportNotices:
    """In a worker. To proved addresses only, and to nobody who may not import any more."""

    def __init__(
        self,
        *,
        sources: SourceRepository,
        stores: StoreDirectory,
        team: Team,
        users: Users,
        mails: Mails,
        public_url: str,
    ) -> None:
        self._sources = sources
        self._stores = stores
        self._team = team
        self._users = users
        self._mails = mails
        self._public_url = public_url.rstrip("/")

    async def ran(self, event: ImportSourceRan) -> None:
        """Nothing of a source or a store that is gone, or when a later run is over already."""
        if event.store_id is None:
            return
        state = await self._sources.one(store_id=event.store_id, source_id=event.source_id)
        run = state.view.last_run if state is not None else None
        if state is None or run is None or run.job_id != event.job_id:
            return
        try:
            store = (await self._stores.facts(event.store_id)).name
        except NotFound:
            return
        letter = self._letter(store, state.view.name, run)
        for reader in await self._readers(event.store_id, state.created_by):
            await self._mails.add(letter, to=reader.email, cause=event.id, store_id=event.store_id)

    async def _readers(self, store_id: UUID, first: UUID | None) -> Sequence[UserCard]:
        managers = await self._team.working(store_id=store_id, roles=MANAGERS)
        chosen = [first] if first is not None and first in managers else managers
        return await readers_of(self._users, chosen)

    def _letter(self, store: str, source: str, run: SourceRun) -> Letter:
        told = run.report
        if told is None:
            return ImportFailedLetter(
                store=store, source=source, file=run.file, when=run.at, reason=run.message
            )
        return ImportReportLetter(
            store=store,
            source=source,
            file=run.file,
            when=run.at,
            created=told.created,
            updated=told.updated,
            unchanged=told.unchanged,
            rejected=told.rejected,
            duplicates=told.duplicates,
            price_changes=told.price_changes,
            stock_changes=told.stock_changes,
            prices=_prices(told),
            stocks=_stocks(told),
            changes_link=told.changes_url,
            errors_link=f"{self._public_url}/api/v1/jobs/{run.job_id}/errors.csv",
        )


def _prices(told: ImportResult) -> tuple[str, ...]:
    return tuple(
        f"{_name(one)}: {one.price_before or 'no price'} → {one.price_after or 'no price'}"
        for one in told.largest_price_changes[:MAILED]
    )


def _stocks(told: ImportResult) -> tuple[str, ...]:
    return tuple(
        f"{_name(one)}: {one.stock_before} → {one.stock_after}" for one in told.largest_stock_changes[:MAILED]
    )


def _name(change: ImportChangeView) -> str:
    return " ".join(part for part in (change.sku, change.title) if part)
