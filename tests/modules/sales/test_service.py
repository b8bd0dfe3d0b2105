"""What recording orders means, whatever keeps them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import msgspec
import pytest

from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.events import Event
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.paging import Page
from shoplytics.modules.sales.ports import OrderFilter, OrderRecord, PageOf, Person, StoredOrder
from shoplytics.modules.sales.service import CartKeeping, Expiry, OrderLetters, SalesService
from shoplytics.ports.catalog import SoldItem
from shoplytics.ports.sales import (
    CustomerView,
    FinancialStatus,
    FulfilmentStatus,
    IncomingLine,
    IncomingOrder,
    OrdersRecorded,
    OrderStatus,
    OrderSummary,
    OrderView,
    StoreOrderView,
)
from tests.fakes import KeptAudit
from tests.modules.sales.fakes import FakeCarts, NoReminders
from tests.modules.sales.importing import Objects, Quiet, Stores

STORE = new_id()
MUG = SoldItem(product_id=new_id(), variant_id=new_id())
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Records:
    """Orders and customers in memory."""

    def __init__(self) -> None:
        self.orders: dict[str, OrderRecord] = {}
        self.people: dict[str, UUID] = {}
        self.last_people: Sequence[Person] = ()
        self.recounted: set[UUID] = set()

    async def stored(self, *, store_id: UUID, source: str, keys: Sequence[str]) -> Mapping[str, StoredOrder]:
        return {
            key: StoredOrder(
                id=found.id,
                version=found.version,
                customer_id=found.customer_id,
                content_hash=found.content_hash,
            )
            for key in keys
            if (found := self.orders.get(key))
        }

    async def contents(
        self, *, store_id: UUID, source: str, orders: Sequence[IncomingOrder]
    ) -> Sequence[OrderView]:
        return []

    async def consents(self, *, store_id: UUID, emails: Sequence[str]) -> Mapping[str, bool]:
        return {}

    async def customers(
        self, *, store_id: UUID, currency: str, people: Sequence[Person]
    ) -> Mapping[str, UUID]:
        self.last_people = people
        return {person.key: self.people.setdefault(person.key, new_id()) for person in people}

    async def numbers(self, *, store_id: UUID, customer_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        return {}

    async def write(self, *, store_id: UUID, records: Sequence[OrderRecord]) -> None:
        self.orders |= {record.order.key: record for record in records}

    async def recount(self, *, store_id: UUID, customer_ids: Sequence[UUID]) -> None:
        self.recounted = set(customer_ids)


class Empty:
    """Reads of a store that has nothing."""

    async def orders(self, *, store_id: UUID, wanted: OrderFilter, page: PageOf) -> Page[OrderSummary]:
        return Page(items=[])

    async def order(self, *, store_id: UUID, order_id: UUID) -> StoreOrderView | None:
        return None

    async def customers(self, *, store_id: UUID, q: str | None, page: PageOf) -> Page[CustomerView]:
        return Page(items=[])

    async def customer(self, *, store_id: UUID, customer_id: UUID) -> CustomerView | None:
        return None


class Catalog:
    """Sells mugs."""

    async def by_sku(self, *, store_id: UUID, skus: Sequence[str]) -> Mapping[str, SoldItem]:
        return {"MUG": MUG} if "MUG" in skus else {}

    async def titles(self, *, store_id: UUID, product_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        return {}

    async def categories(self, *, store_id: UUID, category_ids: Sequence[UUID]) -> Sequence[UUID]:
        return []


class Outbox:
    def __init__(self) -> None:
        self.events: list[Event] = []

    async def add(self, *events: Event, due: datetime | None = None) -> None:
        self.events += events


class Jobs:
    async def start(
        self, *, kind: str, payload: msgspec.Struct, store_id: UUID | None, user_id: UUID | None
    ) -> UUID:
        return new_id()


class World:
    def __init__(self) -> None:
        self.records = Records()
        self.outbox = Outbox()
        self.sales = SalesService(
            records=self.records,
            reads=Empty(),
            catalog=Catalog(),
            stores=Stores(),
            audit=KeptAudit(),
            outbox=self.outbox,
            jobs=Jobs(),
            objects=Objects(),
            letters=Quiet(),
            expiry=cast("Expiry", None),  # for workers: nothing here asks for it
            order_letters=cast("OrderLetters", None),
            carts=CartKeeping(carts=FakeCarts(), reminders=NoReminders()),
            clock=utc_now,
        )

    async def record(self, *orders: IncomingOrder) -> tuple[int, int, int]:
        done = await self.sales.record_orders(store_id=STORE, source="demo", orders=orders)
        return done.new, done.changed, done.unchanged


def order(number: str = "#1", *, email: str | None = "a@example.com", **other: object) -> IncomingOrder:
    values: dict[str, object] = {
        "number": number,
        "currency": "GBP",
        "placed_at": NOON,
        "status": OrderStatus.COMPLETED,
        "financial_status": FinancialStatus.PAID,
        "fulfilment_status": FulfilmentStatus.FULFILLED,
        "subtotal": 500,
        "total": 500,
        "lines": [IncomingLine(title="Mug", quantity=1, unit_price=500, sku="MUG")],
        "email": email,
    }
    return IncomingOrder(**(values | other))  # type: ignore[arg-type]  # values of a test


class TestRecordOrders:
    async def test_takes_the_last_of_two_with_one_key(self) -> None:
        world = World()
        assert await world.record(order(total=1), order(total=2)) == (1, 0, 0)
        assert world.records.orders["#1"].order.total == 2

    async def test_publishes_nothing_for_orders_as_they_were(self) -> None:
        world = World()
        await world.record(order())
        assert await world.record(order()) == (0, 0, 1)
        assert len(world.outbox.events) == 1

    async def test_publishes_the_next_version_of_a_changed_order(self) -> None:
        world = World()
        await world.record(order(), order("#2"))
        assert await world.record(order(refunded=100), order("#2")) == (0, 1, 1)
        event = world.outbox.events[-1]
        assert isinstance(event, OrdersRecorded)
        assert [(fact.version, fact.refunded) for fact in event.orders] == [(2, 100)]
        assert event.orders[0].order_id == world.records.orders["#1"].id

    async def test_links_lines_by_sku_unless_they_name_their_product(self) -> None:
        world = World()
        own = new_id()
        lines = [
            IncomingLine(title="Mug", quantity=1, unit_price=500, sku="MUG"),
            IncomingLine(title="Cup", quantity=1, unit_price=0, sku="MUG", product_id=own),
            IncomingLine(title="Jar", quantity=1, unit_price=0, sku="JAR"),
        ]
        await world.record(order(lines=lines))
        found = [line.product_id for line in world.records.orders["#1"].order.lines]
        assert found == [MUG.product_id, own, None]

    async def test_counts_both_people_anew_when_an_order_changes_hands(self) -> None:
        world = World()
        await world.record(order())
        await world.record(order(email="b@example.com"))
        assert world.records.recounted == set(world.records.people.values())

    async def test_knows_a_person_by_their_latest_order(self) -> None:
        world = World()
        late = NOON + timedelta(days=1)
        await world.record(
            order("#1", placed_at=late, customer_name="Amara Nwosu", accepts_marketing=True),
            order("#2", customer_name="A. N.", phone="+44 117 496 0000"),
            order("#3", email=None),
        )
        [person] = world.records.last_people
        assert (person.name, person.phone) == ("Amara Nwosu", "+44 117 496 0000")
        assert person.accepts_marketing
        assert person.last_order_at == late

    @pytest.mark.parametrize(
        ("status", "cancelled", "counts", "paid"),
        [
            (FinancialStatus.PAID, None, True, True),
            (FinancialStatus.PENDING, None, True, False),
            (FinancialStatus.PENDING, NOON, False, False),
            (FinancialStatus.REFUNDED, NOON, True, True),
            (FinancialStatus.VOIDED, None, False, False),
        ],
    )
    async def test_counts_what_is_a_sale(
        self, status: FinancialStatus, cancelled: datetime | None, counts: bool, paid: bool
    ) -> None:
        world = World()
        await world.record(order(financial_status=status, cancelled_at=cancelled))
        [event] = world.outbox.events
        assert isinstance(event, OrdersRecorded)
        assert (event.orders[0].counts, event.orders[0].paid) == (counts, paid)


class TestReads:
    async def test_refuse_what_is_not_there(self) -> None:
        sales = World().sales
        with pytest.raises(NotFound):
            await sales.order(store_id=STORE, order_id=new_id())
        with pytest.raises(NotFound):
            await sales.customer(store_id=STORE, customer_id=new_id())
