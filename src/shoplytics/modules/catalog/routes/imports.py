"""Files of products that a store sends."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, post
from litestar.params import QueryParameter

from shoplytics.kernel.actor import Actor
from shoplytics.modules.catalog.routes.permissions import IMPORT
from shoplytics.modules.catalog.service import CatalogService, Layout
from shoplytics.ports.edge import Upload
from shoplytics.ports.jobs import JobAccepted

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
        """Take a CSV, plain or gzip: `inventory` upserts by SKU, `shopify` by Handle and options."""
        job_id = await catalog.imports.start(
            store_id=store_id,
            actor=actor,
            chunks=upload.chunks(),
            layout=layout,
            dry_run=dry_run,
        )
        return JobAccepted(job_id)
