"""Imports of orders on the real tables."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest
from tests.modules.sales.importing import (
    Run,
    WorkerDiedError,
    more,
    orders_csv,
    row,
    run_import,
    sales_of,
)

from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.codec import from_json
from shoplytics.kernel.csv_rows import BadFile
from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.tasks import import_orders
from shoplytics.ports.sales import (
    FinancialStatus,
    FulfilmentStatus,
    IncomingLine,
    IncomingOrder,
    OrdersRecorded,
    OrderStatus,
)

STATE = """
    select number, version, counts, total, refunded, customer_id, updated_at from sales_order
    where store_id = $1 order by number
"""
TOTALS = """
    select count(*) as orders, coalesce(sum(total), 0)::bigint as total,
        count(distinct customer_id) as people,
        (select count(*) from sales_order_line where store_id = $1) as lines,
        (select coalesce(sum(total), 0)::bigint from sales_order_line where store_id = $1) as net,
        (select coalesce(sum(order_count), 0) from sales_customer where store_id = $1) as counted,
        (select coalesce(sum(spent), 0)::bigint from sales_customer where store_id = $1) as spent
    from sales_order where store_id = $1
"""
FACTS = "select payload::text from platform_outbox where store_id = $1 and task = 'test.seen' order by id"


@pytest.fixture
def store() -> UUID:
    return new_id()


def many(count: int) -> list[dict[str, str]]:
    """Orders of two lines each, by a tenth as many people."""
    rows = []
    for n in range(count):
        rows.append(row(Name=f"#{n}", Id=str(n), Email=f"p{n % (count // 10)}@example.com", Subtotal="20.00"))
        rows.append(more(Name=f"#{n}"))
    return rows


async def seen(owner_url: str, store_id: UUID) -> list[OrdersRecorded]:
    owner = await asyncpg.connect(owner_url)
    rows = await owner.fetch(FACTS, store_id)
    await owner.close()
    return [from_json(payload, OrdersRecorded) for (payload,) in rows]


async def asked(owner_url: str, sql: str, *values: object) -> list[asyncpg.Record]:
    owner = await asyncpg.connect(owner_url)
    rows = await owner.fetch(sql, *values)
    await owner.close()
    return rows


class TestImport:
    async def test_writes_orders_lines_and_customers(self, infra: Infra, owner_url: str, store: UUID) -> None:
        run = await run_import(infra, store, orders_csv(many(20)))
        assert run.result == {
            "rows": 40,
            "orders": 20,
            "new": 20,
            "changed": 0,
            "unchanged": 0,
            "skipped": 0,
            "lines": 40,
            "dry_run": False,
        }
        [totals] = await asked(owner_url, TOTALS, store)
        assert dict(totals) == {
            "orders": 20,
            "total": 20 * 1250,
            "people": 2,
            "lines": 40,
            "net": 20 * 2000,
            "counted": 20,
            "spent": 20 * 1250,
        }
        assert run.steps == [(40, 40)]
        assert "file" not in run.objects.kept

    async def test_of_the_same_file_changes_nothing(self, infra: Infra, owner_url: str, store: UUID) -> None:
        file = orders_csv(many(20))
        await run_import(infra, store, file)
        before = await asked(owner_url, STATE, store)
        people = await asked(owner_url, "select * from sales_customer order by id")
        again = await run_import(infra, store, file)
        assert (again.result["new"], again.result["changed"], again.result["unchanged"]) == (0, 0, 20)
        assert await asked(owner_url, STATE, store) == before
        assert await asked(owner_url, "select * from sales_customer order by id") == people
        assert len(await seen(owner_url, store)) == 1

    async def test_changes_only_the_order_that_changed(
        self, infra: Infra, owner_url: str, store: UUID
    ) -> None:
        rows = many(20)
        await run_import(infra, store, orders_csv(rows))
        rows[6] |= {"Total": "99.00", "Lineitem quantity": "3", "Email": "new@example.com"}
        del rows[7]
        again = await run_import(infra, store, orders_csv(rows))
        assert (again.result["new"], again.result["changed"], again.result["unchanged"]) == (0, 1, 19)
        versions = {r["number"]: r["version"] for r in await asked(owner_url, STATE, store)}
        assert {number for number, version in versions.items() if version != 1} == {"#3"}
        assert versions["#3"] == 2
        lines = await asked(
            owner_url,
            "select position, quantity from sales_order_line l join sales_order o on o.id = l.order_id"
            " where number = '#3'",
        )
        assert [tuple(line) for line in lines] == [(1, 3)]
        first, second = await seen(owner_url, store)
        assert len(first.orders) == 20
        [fact] = second.orders
        assert (fact.version, fact.total, len(fact.lines)) == (2, 9900, 1)
        people = await asked(owner_url, "select email, order_count, spent from sales_customer order by email")
        assert [tuple(p) for p in people] == [
            ("new@example.com", 1, 9900),
            ("p0@example.com", 10, 12500),
            ("p1@example.com", 9, 9 * 1250),
        ]

    async def test_goes_on_where_a_crash_left_it(self, infra: Infra, owner_url: str, store: UUID) -> None:
        rows = many(700)
        rows[1000] |= {"Total": "much"}
        run = Run(infra, store, orders_csv(rows))
        run.dies_after = 1
        with pytest.raises(WorkerDiedError):
            await import_orders(run)
        assert run.steps == [(600, 1400)]
        assert "file" in run.objects.kept
        run.dies_after = None
        await import_orders(run)
        assert run.steps == [(600, 1400), (1200, 1400), (1400, 1400)]
        assert (run.result["new"], run.result["unchanged"], run.result["skipped"]) == (699, 0, 1)
        assert run.result["lines"] == 1398
        assert [(e.line, e.code) for e in run.errors] == [(1002, "invalid_amount"), (1003, "order_refused")]
        [totals] = await asked(owner_url, TOTALS, store)
        assert (totals["orders"], totals["total"], totals["lines"]) == (699, 699 * 1250, 1398)
        assert (totals["counted"], totals["spent"]) == (699, 699 * 1250)
        facts = [order.order_id for event in await seen(owner_url, store) for order in event.orders]
        assert len(facts) == len(set(facts)) == 699

    async def test_keeps_to_its_store(self, infra: Infra, owner_url: str, store: UUID) -> None:
        other = new_id()
        file = orders_csv(many(20))
        await run_import(infra, other, file)
        before = await asked(owner_url, STATE, other)
        run = await run_import(infra, store, orders_csv([r | {"Total": "1.00"} for r in many(20)[::2]]))
        assert run.result["new"] == 20
        assert await asked(owner_url, STATE, other) == before

    async def test_writes_nothing_in_a_dry_run(self, infra: Infra, owner_url: str, store: UUID) -> None:
        await run_import(infra, store, orders_csv(many(10)))
        rows = [*many(20), row(Name="#bad", Id="bad", Total="")]
        rows[0] |= {"Total": "1.00"}
        run = await run_import(infra, store, orders_csv(rows), dry_run=True)
        counts = (run.result["new"], run.result["changed"], run.result["unchanged"], run.result["skipped"])
        assert counts == (10, 6, 4, 1)  # of twenty orders every second has another buyer than of ten
        assert [(e.line, e.code) for e in run.errors] == [(42, "missing_value")]
        assert len(await asked(owner_url, STATE, store)) == 10
        assert len(await seen(owner_url, store)) == 1

    async def test_refuses_what_is_no_orders_file(self, infra: Infra, owner_url: str, store: UUID) -> None:
        run = Run(infra, store, b"a,b\n1,2\n")
        with pytest.raises(BadFile):
            await import_orders(run)
        assert run.objects.kept == {}
        assert await asked(owner_url, STATE, store) == []

    async def test_leaves_a_buyer_without_email_unknown(
        self, infra: Infra, owner_url: str, store: UUID
    ) -> None:
        await run_import(infra, store, orders_csv([row(Email="")]))
        [order] = await asked(owner_url, STATE, store)
        assert order["customer_id"] is None
        assert await asked(owner_url, "select * from sales_customer") == []

    async def test_knows_one_person_by_any_case(self, infra: Infra, owner_url: str, store: UUID) -> None:
        rows = [row(), row(Name="#2", Id="2", Email=" AMARA@Example.com", Billing_Name="")]
        await run_import(infra, store, orders_csv(rows))
        [person] = await asked(owner_url, "select * from sales_customer")
        assert (person["email"], person["name"]) == ("amara@example.com", "Amara Nwosu")
        assert (person["order_count"], person["spent"]) == (2, 2500)

    async def test_counts_sales_in_the_stores_currency_only(
        self, infra: Infra, owner_url: str, store: UUID
    ) -> None:
        rows = [
            row(Refunded_Amount="2.00", Financial_Status="partially_refunded"),
            row(Name="#2", Id="2", Currency="EUR"),
            row(Name="#3", Id="3", Financial_Status="voided"),
            row(
                Name="#4",
                Id="4",
                Financial_Status="pending",
                Cancelled_at="2026-01-10 00:00:00 +0000",
            ),
            row(Name="#5", Id="5", Financial_Status="refunded", Cancelled_at="2026-01-10 00:00:00 +0000"),
        ]
        await run_import(infra, store, orders_csv(rows))
        counts = [r["counts"] for r in await asked(owner_url, STATE, store)]
        assert counts == [True, True, False, False, True]
        [person] = await asked(owner_url, "select * from sales_customer")
        assert (person["order_count"], person["spent"]) == (3, 1050 + 1250)


class TestLines:
    async def test_are_sales_of_the_product_that_has_their_sku(
        self, infra: Infra, owner_url: str, store: UUID
    ) -> None:
        file = orders_csv([row(), more(Lineitem_sku="UNKNOWN", Lineitem_quantity="1")])
        await run_import(infra, store, file)
        product, variant = new_id(), new_id()
        await _offer(owner_url, store, product, variant, "MUG")
        again = await run_import(infra, store, file)
        assert again.result["changed"] == 1
        assert (await run_import(infra, store, file)).result["unchanged"] == 1
        lines = await asked(
            owner_url, "select sku, product_id, variant_id, title from sales_order_line order by position"
        )
        assert [tuple(line) for line in lines] == [
            ("MUG", product, variant, "Mug"),
            ("UNKNOWN", None, None, "Mug"),
        ]
        *_, last = await seen(owner_url, store)
        assert [line.product_id for line in last.orders[0].lines] == [product, None]


async def _offer(owner_url: str, store: UUID, product: UUID, variant: UUID, sku: str) -> None:
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "insert into catalog_product (id, store_id, store_name, store_active, currency, title, slug)"
        " values ($1, $2, 'Shop', true, 'GBP', 'Mug', 'mug')",
        product,
        store,
    )
    await owner.execute(
        "insert into catalog_variant (id, store_id, product_id, title) values ($1, $2, $3, 'Mug')",
        variant,
        store,
        product,
    )
    await owner.execute(
        "insert into catalog_offer (id, store_id, owner_id, product_id, variant_id, sku, price, currency)"
        " values ($1, $2, $2, $3, $4, $5, 500, 'GBP')",
        new_id(),
        store,
        product,
        variant,
        sku,
    )
    await owner.close()


def incoming(number: str = "#1", **other: object) -> IncomingOrder:
    values: dict[str, object] = {
        "number": number,
        "currency": "GBP",
        "placed_at": datetime(2026, 5, 1, 12, tzinfo=UTC),
        "status": OrderStatus.COMPLETED,
        "financial_status": FinancialStatus.PAID,
        "fulfilment_status": FulfilmentStatus.FULFILLED,
        "subtotal": 900,
        "discount": 100,
        "total": 900,
        "lines": [IncomingLine(title="Tea", quantity=2, unit_price=500, discount=100)],
        "email": "amara@example.com",
        "session_id": 42,
    }
    return IncomingOrder(**(values | other))  # type: ignore[arg-type]  # values of a test


class TestRecordOrders:
    async def test_tells_the_reports_what_they_need(self, infra: Infra, owner_url: str, store: UUID) -> None:
        async with infra.database.work(DbRole.STORE, store_ids=[store]) as work:
            sales = sales_of(infra, work)
            done = await sales.record_orders(
                store_id=store, source="demo", orders=[incoming(total=1), incoming(), incoming("#2")]
            )
            await work.commit()
        assert (done.new, done.lines) == (2, 2)
        [event] = await seen(owner_url, store)
        fact = event.orders[0]
        assert (fact.version, fact.source, fact.currency, fact.session_id) == (1, "demo", "GBP", 42)
        assert (fact.gross, fact.discount, fact.total, fact.refunded) == (1000, 100, 900, 0)
        assert (fact.counts, fact.paid) == (True, True)
        assert [(line.position, line.quantity, line.net) for line in fact.lines] == [(1, 2, 900)]
        [person] = await asked(owner_url, "select id from sales_customer")
        assert fact.customer_id == person["id"]

    async def test_keeps_sources_apart(self, infra: Infra, owner_url: str, store: UUID) -> None:
        async with infra.database.work(DbRole.SYSTEM) as work:
            sales = sales_of(infra, work)
            for source in ("demo", "native", "demo"):
                await sales.record_orders(store_id=store, source=source, orders=[incoming()])
            await work.commit()
        rows = await asked(owner_url, "select source, version from sales_order order by source")
        assert [tuple(r) for r in rows] == [("demo", 1), ("native", 1)]

    async def test_does_nothing_with_nothing(self, infra: Infra, owner_url: str, store: UUID) -> None:
        async with infra.database.work(DbRole.STORE, store_ids=[store]) as work:
            done = await sales_of(infra, work).record_orders(store_id=store, source="demo", orders=[])
            await work.commit()
        assert (done.new, done.changed, done.unchanged) == (0, 0, 0)
        assert await seen(owner_url, store) == []


class TestWalls:
    async def test_hide_other_stores_orders_and_customers(
        self, infra: Infra, owner_url: str, store: UUID
    ) -> None:
        await run_import(infra, store, orders_csv(many(10)))
        for role, scope in ((DbRole.STORE, {"store_ids": [new_id()]}), (DbRole.USER, {"user_id": new_id()})):
            async with infra.database.work(role, **scope) as work:
                for table in ("sales_order", "sales_order_line", "sales_customer"):
                    assert await work.raw.fetchval(f"select count(*) from {table}") == 0

    async def test_show_a_shopper_their_own_orders_only(
        self, infra: Infra, owner_url: str, store: UUID
    ) -> None:
        await run_import(infra, store, orders_csv(many(10)))
        user = new_id()
        await asked(owner_url, "update sales_order set user_id = $1 where number = '#3'", user)
        async with infra.database.work(DbRole.USER, user_id=user) as work:
            assert await work.raw.fetchval("select number from sales_order") == "#3"
            assert await work.raw.fetchval("select count(*) from sales_order_line") == 2
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await work.raw.execute("update sales_order set total = 0")

    async def test_refuse_an_import_into_another_store(self, infra: Infra, store: UUID) -> None:
        async with infra.database.work(DbRole.STORE, store_ids=[new_id()]) as work:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await sales_of(infra, work).record_orders(store_id=store, source="demo", orders=[incoming()])
