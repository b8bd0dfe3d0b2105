"""The reports of one store."""

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import invalid_field
from shoplytics.modules.analytics import domain
from shoplytics.modules.analytics.schemas import Question
from shoplytics.modules.analytics.service import views
from shoplytics.modules.analytics.service.views import Scope
from shoplytics.ports.analytics import (
    Compare,
    CustomersReport,
    OverviewFigures,
    OverviewView,
    ProductsReport,
    RevenueReport,
    SalesFigures,
    TrafficFigures,
    TrafficReport,
)
from shoplytics.ports.analytics_store import AnalyticsStore, Period
from shoplytics.ports.catalog import CatalogLookup
from shoplytics.ports.sales import CustomerLookup, OrdersRecorded
from shoplytics.ports.tenancy import StoreDirectory

SORTS = ("revenue", "units", "visits")


class AnalyticsService:
    """The questions are asked of an AnalyticsStore; what the figures mean is in domain.DEFINITIONS."""

    def __init__(
        self,
        *,
        store: AnalyticsStore,
        directory: StoreDirectory,
        catalog: CatalogLookup,
        customers: CustomerLookup,
        clock: Clock,
    ) -> None:
        self._store = store
        self._directory = directory
        self._catalog = catalog
        self._customers = customers
        self._clock = clock

    async def record_orders(self, event: OrdersRecorded) -> None:
        """Keep the newest version of each order."""
        if event.store_id is not None:
            await self._store.record_orders(store_id=event.store_id, orders=event.orders)

    async def overview(self, question: Question) -> OverviewView:
        """A period at a glance. Raises TimeZoneNotSupported for a zone that is not the store's."""
        scope = await self._settle(question, visitors=True)
        now = await self._overview(scope, scope.period)
        then = await self._overview(scope, scope.compared) if scope.compared else None
        return OverviewView(
            **views.fields_of(now),
            compared_to=views.compared(now, then) if then else None,
            definitions=domain.defined(*domain.SALES, *domain.TRAFFIC, *domain.CONVERSION),
            as_of=scope.now,
        )

    async def revenue(self, question: Question) -> RevenueReport:
        """Orders and money over time, in any time zone."""
        scope = await self._settle(question)
        now = await self._sales(scope, scope.period, question)
        then = await self._sales(scope, scope.compared, question) if scope.compared else None
        return RevenueReport(
            **views.fields_of(now),
            interval=question.interval,
            compared_to=then,
            definitions=domain.defined(*domain.SALES),
            as_of=scope.now,
        )

    async def traffic(self, question: Question) -> TrafficReport:
        """Visits over time. Raises TimeZoneNotSupported for a zone that is not the store's."""
        scope = await self._settle(question, visitors=True)
        now = await self._traffic(scope, scope.period, question)
        then = await self._traffic(scope, scope.compared, question) if scope.compared else None
        return TrafficReport(
            **views.fields_of(now),
            interval=question.interval,
            compared_to=then,
            definitions=domain.defined(*domain.TRAFFIC),
            as_of=scope.now,
        )

    async def products(self, question: Question, *, sort: str, limit: int) -> ProductsReport:
        """The best by `-revenue`, `-units` or `-visits`. Raises TimeZoneNotSupported as overview does."""
        column = sort.removeprefix("-")
        if column not in SORTS or not sort.startswith("-"):
            names = ", ".join(f"-{name}" for name in SORTS)
            raise invalid_field("?sort", "invalid_sort", f"Sort by one of: {names}.")
        scope = await self._settle(question, visitors=True)
        best = await self._store.products(
            store_id=scope.store_id, period=scope.period, currency=scope.currency, sort=column, limit=limit
        )
        ids = [row.key.product_id for row in best if row.key.product_id]
        titles = await self._catalog.titles(store_id=scope.store_id, product_ids=ids) if ids else {}
        before = (
            await self._store.products_of(
                store_id=scope.store_id,
                period=scope.compared,
                currency=scope.currency,
                keys=views.keys_of(best),
            )
            if scope.compared and best
            else ()
        )
        return views.products_report(scope, best, before, titles)

    async def customers(self, question: Question, *, limit: int) -> CustomersReport:
        """Who spent most in the period, in any time zone; nobody who did not buy."""
        scope = await self._settle(question)
        counts = await self._store.customer_totals(
            store_id=scope.store_id, currency=scope.currency, period=scope.period
        )
        then = (
            await self._store.customer_totals(
                store_id=scope.store_id, currency=scope.currency, period=scope.compared
            )
            if scope.compared
            else None
        )
        best = await self._store.customers(
            store_id=scope.store_id, currency=scope.currency, period=scope.period, limit=limit
        )
        known = await self._customers.contacts(
            store_id=scope.store_id, customer_ids=[row.customer_id for row in best]
        )
        return CustomersReport(
            **views.fields_of(views.customer_counts(scope.period, counts)),
            compared_to=views.customer_counts(scope.compared, then) if scope.compared and then else None,
            items=[views.customer(scope, row, known.get(row.customer_id)) for row in best],
            definitions=domain.defined(*domain.CUSTOMERS),
            as_of=scope.now,
        )

    async def _settle(self, question: Question, *, visitors: bool = False) -> Scope:
        facts = await self._directory.facts(question.store_id)
        now = self._clock()
        timezone = question.timezone or facts.timezone
        domain.zone(timezone)
        if visitors and timezone != facts.timezone:
            raise domain.TimeZoneNotSupported
        first, last = domain.days(question.first, question.last, now=now, timezone=timezone)
        compared: Period | None = None
        if question.compare is not Compare.NONE:
            before = domain.previous if question.compare is Compare.PREVIOUS else domain.year_before
            earliest, latest = before(first, last)
            compared = Period(first=earliest, last=latest, timezone=timezone)
        return Scope(
            store_id=facts.id,
            currency=facts.currency,
            period=Period(first=first, last=last, timezone=timezone),
            compared=compared,
            now=now,
        )

    async def _overview(self, scope: Scope, period: Period) -> OverviewFigures:
        sales = await self._store.sales_totals(
            store_id=scope.store_id, period=period, currency=scope.currency
        )
        visits = await self._store.visit_totals(store_id=scope.store_id, period=period)
        return views.overview(scope, period, sales, visits)

    async def _sales(self, scope: Scope, period: Period, question: Question) -> SalesFigures:
        slots = views.slots_of(period, question)
        totals = await self._store.sales_totals(
            store_id=scope.store_id, period=period, currency=scope.currency
        )
        edges = domain.edges(slots)
        points = (
            await self._store.sales_over_time(store_id=scope.store_id, edges=edges, currency=scope.currency)
            if edges
            else ()
        )
        return views.sales_figures(scope, period, totals, slots, points)

    async def _traffic(self, scope: Scope, period: Period, question: Question) -> TrafficFigures:
        slots = views.slots_of(period, question)
        totals = await self._store.visit_totals(store_id=scope.store_id, period=period)
        edges = domain.edges(slots)
        points = await self._store.visits_over_time(store_id=scope.store_id, edges=edges) if edges else ()
        return views.traffic_figures(scope, period, totals, slots, points)
