"""Nightly imports of a store."""

from uuid import UUID

from litestar import Controller, delete, get, patch, post

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.catalog.routes.parameters import Limit
from shoplytics.modules.catalog.routes.permissions import IMPORT
from shoplytics.modules.catalog.schemas import ImportSourcePatch, NewImportSource
from shoplytics.modules.catalog.service import CatalogService
from shoplytics.ports.catalog import ImportSourceView
from shoplytics.ports.jobs import JobAccepted


class ImportSourceController(Controller):
    path = "/stores/{store_id:uuid}/import-sources"
    tags = ("Nightly imports",)

    @get(permission=IMPORT)
    async def list_sources(
        self,
        store_id: UUID,
        catalog: CatalogService,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[ImportSourceView]:
        """Places the store imports from every night, the oldest first, each with its last run."""
        return await catalog.nightly.sources.sources(store_id=store_id, limit=limit, cursor=cursor)

    @post(permission=IMPORT)
    async def create_source(
        self, store_id: UUID, data: NewImportSource, actor: Actor, catalog: CatalogService
    ) -> ImportSourceView:
        """Import from a folder or an address once a day, in the hour `hour` of the store's time zone.

        A file that is the same as the one imported last is left out. What changed, or why nothing could be
        imported, is mailed to who set it up.
        """
        return await catalog.nightly.sources.create(store_id=store_id, actor=actor, data=data)

    @get("/{source_id:uuid}", permission=IMPORT)
    async def read_source(self, store_id: UUID, source_id: UUID, catalog: CatalogService) -> ImportSourceView:
        """One place and what its last run came to."""
        return await catalog.nightly.sources.source(store_id=store_id, source_id=source_id)

    @patch("/{source_id:uuid}", permission=IMPORT)
    async def change_source(
        self,
        *,
        store_id: UUID,
        source_id: UUID,
        data: ImportSourcePatch,
        if_match: int | None,
        actor: Actor,
        catalog: CatalogService,
    ) -> ImportSourceView:
        """Only what is sent changes; after another place or format the next file is imported in any case."""
        return await catalog.nightly.sources.change(
            store_id=store_id, source_id=source_id, data=data, version=if_match, actor=actor
        )

    @delete("/{source_id:uuid}", permission=IMPORT)
    async def delete_source(
        self, store_id: UUID, source_id: UUID, actor: Actor, catalog: CatalogService
    ) -> None:
        """It is not imported from any more; what it brought stays."""
        await catalog.nightly.sources.delete(store_id=store_id, source_id=source_id, actor=actor)

    @post("/{source_id:uuid}/run", permission=IMPORT, status_code=202, idempotent=True)
    async def run_source(
        self, store_id: UUID, source_id: UUID, actor: Actor, catalog: CatalogService
    ) -> JobAccepted:
        """Import now, also the file that was imported last."""
        return JobAccepted(
            await catalog.nightly.sources.run(store_id=store_id, source_id=source_id, actor=actor)
        )
