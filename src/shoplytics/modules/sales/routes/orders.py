"""A store's orders over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import Parameter, QueryParameter
from litestar.response import Stream

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.sales.ports import OrderFilter, PageOf
from shoplytics.modules.sales.routes.parameters import Limit, Words, words_of
from shoplytics.modules.sales.routes.permissions import EXPORT, IMPORT, READ_ORDERS
from shoplytics.modules.sales.service import OrderExports, SalesService
from shoplytics.ports.edge import Upload
from shoplytics.ports.jobs import JobAccepted
from shoplytics.ports.sales import (
    FinancialStatus,
    FulfilmentStatus,
    OrderStatus,
    OrderSummary,
    StoreOrderView,
)

UPLOAD_LIMIT = 128 * 1024 * 1024
CSV_TYPE = "text/csv"


class OrderController(Controller):
    path = "/stores/{store_id:uuid}/orders"
    tags = ("Orders",)

    @get(permission=READ_ORDERS)
    async def list_orders(
        self,
        *,
        store_id: UUID,
        sales: SalesService,
        status: OrderStatus | None = None,
        financial_status: FinancialStatus | None = None,
        fulfilment_status: FulfilmentStatus | None = None,
        source: Words = None,
        customer: UUID | None = None,
        placed_gte: datetime | None = None,
        placed_lte: datetime | None = None,
        q: Annotated[
            str | None, Parameter(max_length=100, description="Part of a number or an e-mail.")
        ] = None,
        sort: Annotated[str, Parameter(description="-placed_at or placed_at.")] = "-placed_at",
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page[OrderSummary]:
        """Native and external orders side by side, the newest first."""
        wanted = OrderFilter(
            status=status,
            financial_status=financial_status,
            fulfilment_status=fulfilment_status,
            source=source,
            customer_id=customer,
            placed_gte=placed_gte,
            placed_lte=placed_lte,
            q=words_of(q),
        )
        page = PageOf(sort=sort, limit=limit, cursor=cursor, total=total)
        return await sales.orders(store_id=store_id, wanted=wanted, page=page)

    @get("/{order_id:uuid}", permission=READ_ORDERS)
    async def read_order(self, store_id: UUID, order_id: UUID, sales: SalesService) -> StoreOrderView:
        """One order with all that happened to it; its ETag is what If-Match takes."""
        return await sales.order(store_id=store_id, order_id=order_id)

    @post(
        "/import",
        status_code=202,
        permission=IMPORT,
        idempotent=True,
        raw_body=True,
        body_limit=UPLOAD_LIMIT,
    )
    async def import_orders(
        self,
        *,
        store_id: UUID,
        upload: Upload,
        actor: Actor,
        sales: SalesService,
        source: Annotated[Literal["shopify"], QueryParameter(name="format")] = "shopify",
        dry_run: bool = False,
    ) -> JobAccepted:
        """Take orders as exported by Shopify's admin: multipart `file`, CSV plain or gzip; a job reads it.

        One row a line item, the rows of an order together, its totals on the first. A bad row costs its whole
        order and is reported in the job's error file; the rest is kept. An order that stands again counts as
        it stands last; one whose rows are torn apart is refused. Orders are known by their Id, else their
        Name, so the same file again changes nothing; an optional column the file does not have leaves what is
        known of it, an empty cell does not. Nothing is sold, paid or mailed by an import.
        """
        job_id = await sales.start_import(
            store_id=store_id, actor=actor, chunks=upload.chunks(), dry_run=dry_run
        )
        return JobAccepted(job_id)

    @get("/export.csv", permission=EXPORT, media_type=CSV_TYPE)
    async def export_orders(self, store_id: UUID, actor: Actor, order_exports: OrderExports) -> Stream:
        """Every order with its lines in the layout of Shopify's export, the oldest first."""
        return Stream(
            order_exports.orders_csv(actor=actor, store_id=store_id),
            media_type=CSV_TYPE,
            headers={"Content-Disposition": 'attachment; filename="orders.csv"'},
        )
