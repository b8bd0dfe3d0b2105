"""Reports over HTTP, each as JSON and as CSV."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import Provide
from litestar.params import Parameter, QueryParameter

from shoplytics.kernel.paging import MAX_LIMIT
from shoplytics.modules.analytics.schemas import CSV_TYPE, Question, to_csv
from shoplytics.modules.analytics.service import AnalyticsService
from shoplytics.ports.analytics import (
    Compare,
    CustomersReport,
    Interval,
    OverviewView,
    ProductsReport,
    RevenueReport,
    TrafficReport,
)

READ = "analytics:read"
Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT, description="How many, best first.")]
Sort = Annotated[str, Parameter(description="-revenue, -units or -visits.")]


def asked(
    *,
    store_id: UUID,
    first: Annotated[
        date | None, QueryParameter(name="from", description="First local day; 30 days ago by default.")
    ] = None,
    last: Annotated[
        date | None, QueryParameter(name="to", description="Last local day, included; today by default.")
    ] = None,
    interval: Interval = Interval.DAY,
    compare: Compare = Compare.PREVIOUS,
    tz: Annotated[
        str | None, Parameter(description="IANA time zone; visitor metrics know only the store's own.")
    ] = None,
) -> Question:
    """The parameters every report has."""
    return Question(
        store_id=store_id, first=first, last=last, interval=interval, compare=compare, timezone=tz
    )


DEPENDENCIES = {"question": Provide(asked, sync_to_thread=False)}


class AnalyticsController(Controller):
    path = "/stores/{store_id:uuid}/analytics"
    tags = ("Analytics",)
    dependencies = DEPENDENCIES
    opt = {"seconds": 25}  # noqa: RUF012 - Litestar's own attribute; a report may take 20 s of SQL

    @get("/overview", permission=READ)
    async def overview(self, question: Question, analytics: AnalyticsService) -> OverviewView:
        """The period at a glance, beside the one it is compared with."""
        return await analytics.overview(question)

    @get("/overview.csv", permission=READ, media_type=CSV_TYPE)
    async def overview_csv(self, question: Question, analytics: AnalyticsService) -> Response[bytes]:
        """The overview's figures on one line."""
        view = await analytics.overview(question)
        return Response(to_csv([view]), media_type=CSV_TYPE)

    @get("/revenue", permission=READ)
    async def revenue(self, question: Question, analytics: AnalyticsService) -> RevenueReport:
        """Orders and revenue over time; a bucket without orders is there with zeros."""
        return await analytics.revenue(question)

    @get("/revenue.csv", permission=READ, media_type=CSV_TYPE)
    async def revenue_csv(self, question: Question, analytics: AnalyticsService) -> Response[bytes]:
        """One line a bucket."""
        view = await analytics.revenue(question)
        return Response(to_csv(view.series), media_type=CSV_TYPE)

    @get("/traffic", permission=READ)
    async def traffic(self, question: Question, analytics: AnalyticsService) -> TrafficReport:
        """Visits, visitors and sessions over time, in the store's own time zone."""
        return await analytics.traffic(question)

    @get("/traffic.csv", permission=READ, media_type=CSV_TYPE)
    async def traffic_csv(self, question: Question, analytics: AnalyticsService) -> Response[bytes]:
        """One line a bucket."""
        view = await analytics.traffic(question)
        return Response(to_csv(view.series), media_type=CSV_TYPE)

    @get("/products", permission=READ)
    async def products(
        self, question: Question, analytics: AnalyticsService, sort: Sort = "-revenue", limit: Limit = 20
    ) -> ProductsReport:
        """The best products of the period, each with what it did in the period compared with."""
        return await analytics.products(question, sort=sort, limit=limit)

    @get("/products.csv", permission=READ, media_type=CSV_TYPE)
    async def products_csv(
        self, question: Question, analytics: AnalyticsService, sort: Sort = "-revenue", limit: Limit = 100
    ) -> Response[bytes]:
        """One line a product."""
        view = await analytics.products(question, sort=sort, limit=limit)
        return Response(to_csv(view.items), media_type=CSV_TYPE)

    @get("/customers", permission=READ)
    async def customers(
        self, question: Question, analytics: AnalyticsService, limit: Limit = 20
    ) -> CustomersReport:
        """Who spent most in the period; nobody who did not buy."""
        return await analytics.customers(question, limit=limit)

    @get("/customers.csv", permission=READ, media_type=CSV_TYPE)
    async def customers_csv(
        self, question: Question, analytics: AnalyticsService, limit: Limit = 100
    ) -> Response[bytes]:
        """One line a customer."""
        view = await analytics.customers(question, limit=limit)
        return Response(to_csv(view.items), media_type=CSV_TYPE)
