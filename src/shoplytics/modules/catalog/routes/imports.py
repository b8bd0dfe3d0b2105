"""Files of products that a store sends."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import QueryParameter
from litestar.response import Stream

from shoplytics.kernel.actor import Actor
from shoplytics.modules.catalog.routes.permissions import IMPORT, READ
from shoplytics.modules.catalog.service import CatalogService, Layout, ReportFiles
from shoplytics.ports.edge import Upload
from shoplytics.ports.jobs import JobAccepted

CSV_TYPE = "text/csv"
UPLOAD_LIMIT = 512 * 1024 * 1024


class ImportController(Controller):
    path = "/stores/{store_id:uuid}/products"
    tags = ("Products of a store",)

    @post(
        "/import",
        permission=IMPORT,
        status_code=202,
        idempotent=True,
        raw_body=True,
        body_limit=UPLOAD_LIMIT,
    )
    async def import_products(
        self,
        *,
        store_id: UUID,
        upload: Upload,
        actor: Actor,
        catalog: CatalogService,
        layout: Annotated[Layout, QueryParameter(name="format")],
        dry_run: bool = False,
    ) -> JobAccepted:
        """Take a CSV, plain or gzip: `inventory` upserts by SKU, `shopify` by Handle and options.

        The job's result counts products or SKUs by outcome and shows the largest changes; `changes_url` has
        them all. A SKU that stands more than once counts as it stands last, and the other rows are in the
        error file. A dry run reads the whole file and changes nothing.
        """
        job_id = await catalog.imports.start(
            store_id=store_id,
            actor=actor,
            chunks=upload.chunks(),
            layout=layout,
            dry_run=dry_run,
        )
        return JobAccepted(job_id)

    @get("/imports/{job_id:uuid}/changes.csv", permission=READ, media_type=CSV_TYPE)
    async def read_changes(
        self, store_id: UUID, job_id: UUID, actor: Actor, import_reports: ReportFiles
    ) -> Stream:
        """What an import changed, in the order of the file: kept for 90 days."""
        chunks = await import_reports.changes_csv(actor=actor, store_id=store_id, job_id=job_id)
        name = {"Content-Disposition": f'attachment; filename="changes-{job_id}.csv"'}
        return Stream(chunks, media_type=CSV_TYPE, headers=name)
