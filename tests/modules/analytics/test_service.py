"""The reports over real read tables, asked by the service."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from shoplytics.adapters.postgres.analytics import PgAnalyticsStore
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.errors import Invalid
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.money import Money
from shoplytics.modules.analytics import domain
from shoplytics.modules.analytics.schemas import Question, to_csv
from shoplytics.modules.analytics.service import AnalyticsService
from shoplytics.ports.analytics import Compare, Interval
from shoplytics.ports.sales import CustomerContact, LineFact, OrderFact, OrdersRecorded
from shoplytics.ports.tenancy import StoreFacts

STORE = new_id()
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADA, BOB = new_id(), new_id()
TEA = new_id()


class Directory:
    async def facts(self, store_id: UUID) -> StoreFacts:
        return StoreFacts(
            id=store_id,
            name="Tea",
            slug="tea",
            currency="GBP",
            timezone="Europe/London",
            active=True,
            low_stock_threshold=3,
        )


class Titles:
    async def titles(self, *, store_id: UUID, product_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        return {TEA: "Green tea"}

    async def by_sku(self, *, store_id: UUID, skus: Sequence[str]) -> Mapping[str, object]:
        return {}


class People:
    async def contacts(
        self, *, store_id: UUID, customer_ids: Sequence[UUID]
    ) -> Mapping[UUID, CustomerContact]:
        return {ADA: CustomerContact(name="=Ada", email="ada@example.com")}


def order(placed_at: datetime, *, gross: int = 1000, version: int = 1, **other: object) -> OrderFact:
    line = LineFact(position=1, product_id=TEA, variant_id=None, sku="T", title="Tea", quantity=2, net=gross)
    fields: dict[str, object] = {
        "order_id": new_id(),
        "source": "native",
        "currency": "GBP",
        "discount": 0,
        "shipping": 0,
        "tax": 0,
        "total": gross,
        "refunded": 0,
        "counts": True,
        "paid": True,
        "customer_id": ADA,
        "session_id": None,
        "lines": (line,),
    }
    return OrderFact(version=version, placed_at=placed_at, gross=gross, **(fields | other))  # type: ignore[arg-type]


@pytest.fixture
async def reports(infra: Infra):  # type: ignore[no-untyped-def]  # noqa: ANN201 - an async generator fixture
    async with infra.database.work(DbRole.SYSTEM) as work:
        yield AnalyticsService(
            store=PgAnalyticsStore(work.raw),
            directory=Directory(),
            catalog=Titles(),  # type: ignore[arg-type]
            customers=People(),
            clock=lambda: NOW,
        )


async def record(reports: AnalyticsService, *orders: OrderFact) -> None:
    await reports.record_orders(OrdersRecorded(store_id=STORE, orders=orders))


def ask(first: str | None = None, last: str | None = None, **other: object) -> Question:
    return Question(
        store_id=STORE,
        first=date.fromisoformat(first) if first else None,
        last=date.fromisoformat(last) if last else None,
        **other,  # type: ignore[arg-type]
    )


class TestOverview:
    async def test_counts_sales_of_the_stores_own_days(self, reports: AnalyticsService) -> None:
        await record(
            reports,
            order(datetime(2026, 6, 30, 23, 30, tzinfo=UTC), gross=1000, discount=100, total=900),  # 1 July
            order(datetime(2026, 7, 31, 22, 59, tzinfo=UTC), gross=501, customer_id=BOB, refunded=1),
            order(datetime(2026, 7, 31, 23, 0, tzinfo=UTC)),  # 1 August
            order(datetime(2026, 7, 9, tzinfo=UTC), currency="EUR"),
            order(datetime(2026, 7, 9, tzinfo=UTC), counts=False),
        )
        view = await reports.overview(ask("2026-07-01", "2026-07-31"))
        assert (view.orders, view.order_lines, view.customers, view.other_currency_orders) == (2, 2, 2, 1)
        assert view.revenue.gross == Money(1501, "GBP")
        assert view.revenue.net == Money(1400, "GBP")
        assert view.average_order_value == Money(701, "GBP")
        assert view.conversion_rate == 0
        assert view.as_of == NOW
        assert view.compared_to is not None
        assert view.compared_to.period.first == date(2026, 5, 31)
        assert view.compared_to.change["orders"] is None

    async def test_keeps_the_highest_version_whatever_the_order_of_events(
        self, reports: AnalyticsService
    ) -> None:
        first = order(datetime(2026, 7, 1, 12, tzinfo=UTC), version=2, gross=700)
        older = order(datetime(2026, 7, 1, 12, tzinfo=UTC), version=1, gross=100, order_id=first.order_id)
        newer = order(
            datetime(2026, 7, 1, 12, tzinfo=UTC), version=3, gross=900, order_id=first.order_id, lines=()
        )
        for batch in ((first, older), (newer, first), (newer,), (older,), (first,)):
            await record(reports, *batch)
        view = await reports.overview(ask("2026-07-01", "2026-07-01"))
        assert (view.orders, view.order_lines, view.revenue.gross.minor) == (1, 0, 900)

    async def test_knows_visitors_only_by_the_stores_days(self, reports: AnalyticsService) -> None:
        with pytest.raises(domain.TimeZoneNotSupported):
            await reports.overview(ask(timezone="Africa/Lagos"))
        assert (await reports.overview(ask(timezone="Europe/London"))).orders == 0


class TestRevenue:
    async def test_fills_gaps_with_zero_and_gives_each_order_its_bucket(
        self, reports: AnalyticsService
    ) -> None:
        await record(
            reports,
            order(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # 01:30 summer time
            order(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),  # 01:30 again
            order(datetime(2026, 10, 27, 1, 30, tzinfo=UTC)),
        )
        view = await reports.revenue(ask("2026-10-25", "2026-10-27"))
        assert [bucket.orders for bucket in view.series] == [2, 0, 1]
        hours = await reports.revenue(ask("2026-10-25", "2026-10-25", interval=Interval.HOUR))
        assert len(hours.series) == 25
        assert [n for n, bucket in enumerate(hours.series) if bucket.orders] == [1, 2]
        lagos = await reports.revenue(ask("2026-10-27", "2026-10-27", timezone="Africa/Lagos"))
        assert lagos.series[0].start == datetime(2026, 10, 26, 23, tzinfo=UTC)

    async def test_says_what_is_not_over_yet(self, reports: AnalyticsService) -> None:
        view = await reports.revenue(ask("2026-11-20", "2026-11-21", compare=Compare.NONE))
        assert [bucket.partial for bucket in view.series] == [False, True]
        assert view.compared_to is None

    async def test_takes_from_net_only_what_a_refund_gave_back_for_goods(
        self, reports: AnalyticsService
    ) -> None:
        paid = {"gross": 1000, "discount": 100, "shipping": 250, "tax": 180, "total": 1330}
        await record(
            reports,
            order(datetime(2026, 7, 1, 12, tzinfo=UTC), **paid, refunded=1330),
            order(datetime(2026, 7, 1, 13, tzinfo=UTC), **paid, refunded=400),
        )
        view = await reports.revenue(ask("2026-07-01", "2026-07-01", compare=Compare.NONE))
        assert [(b.net.minor, b.refunds.minor) for b in view.series] == [(500, 1730)]
        revenue = (await reports.overview(ask("2026-07-01", "2026-07-01"))).revenue
        assert (revenue.net.minor, revenue.refunds.minor) == (500, 1730)


class TestProducts:
    async def test_stands_unknown_products_together_by_sku(self, reports: AnalyticsService) -> None:
        lost = LineFact(
            position=2, product_id=None, variant_id=None, sku="X1", title="Lost", quantity=3, net=50
        )
        one = order(datetime(2026, 7, 1, 12, tzinfo=UTC))
        both = OrderFact(
            **{f: getattr(one, f) for f in one.__struct_fields__} | {"lines": (*one.lines, lost)}
        )
        await record(reports, both, order(datetime(2026, 7, 2, 12, tzinfo=UTC), lines=(lost,)))
        await record(reports, order(datetime(2026, 6, 30, 12, tzinfo=UTC)))
        view = await reports.products(ask("2026-07-01", "2026-07-02"), sort="-revenue", limit=20)
        assert [(p.title, p.orders, p.units, p.revenue.minor) for p in view.items] == [
            ("Green tea", 1, 2, 1000),
            ("Lost", 2, 6, 100),
        ]
        trends = [p.compared_to for p in view.items]
        assert [(t.units, t.is_new) for t in trends if t] == [(2, False), (0, True)]

    async def test_refuses_an_unknown_sort(self, reports: AnalyticsService) -> None:
        with pytest.raises(Invalid):
            await reports.products(ask(), sort="title", limit=20)


class TestCustomers:
    async def test_leaves_out_who_never_bought_and_tells_new_from_returning(
        self, reports: AnalyticsService
    ) -> None:
        await record(
            reports,
            order(datetime(2026, 1, 1, tzinfo=UTC)),
            order(datetime(2026, 7, 1, 12, tzinfo=UTC), gross=300, refunded=100),
            order(datetime(2026, 7, 1, 12, tzinfo=UTC), gross=900, customer_id=BOB),
            order(datetime(2026, 7, 1, 12, tzinfo=UTC), customer_id=None),
            order(datetime(2026, 8, 1, tzinfo=UTC), customer_id=new_id()),
        )
        view = await reports.customers(ask("2026-07-01", "2026-07-31"), limit=20)
        assert (view.customers, view.new_customers, view.returning_customers) == (2, 1, 1)
        assert view.orders_without_customer == 1
        assert [(c.name, c.spent.minor, c.lifetime_orders) for c in view.items] == [
            (None, 900, 1),
            ("=Ada", 200, 2),
        ]
        lines = to_csv(view.items).decode().splitlines()
        assert lines[0].startswith("customer_id,name,email,orders,spent,spent_currency")
        assert ",'=Ada,ada@example.com,1,2.00,GBP," in lines[2]
