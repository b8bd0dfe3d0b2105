"""Orders: what sales needs from their tables."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.kernel.paging import Page
from shoplytics.modules.sales.domain.people import Person
from shoplytics.ports.sales import (
    CustomerView,
    FinancialStatus,
    FulfilmentStatus,
    IncomingOrder,
    OrderStatus,
    OrderSummary,
    OrderView,
    StoreOrderView,
)


class StoredOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as an import finds it."""

    id: UUID
    version: int
    customer_id: UUID | None
    content_hash: bytes | None


class OrderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An incoming order, ready to be written; version 1 is a new one. `counts`: it is a sale."""

    id: UUID
    version: int
    source: str
    counts: bool
    customer_id: UUID | None
    content_hash: bytes
    order: IncomingOrder


class ExportedOrder(OrderView, kw_only=True):
    """`customer_external_id` is the number by which another system knows the buyer."""

    customer_external_id: str | None = None


class OrderRecords(Protocol):
    """Writes orders in sets."""

    async def stored(self, *, store_id: UUID, source: str, keys: Sequence[str]) -> Mapping[str, StoredOrder]:
        """By key. Until the transaction ends no other batch of the store is recorded."""
        ...

    async def contents(
        self, *, store_id: UUID, source: str, orders: Sequence[IncomingOrder]
    ) -> Sequence[OrderView]:
        """The stored ones, by key or by number and time; no other batch is recorded until the end."""
        ...

    async def consents(self, *, store_id: UUID, emails: Sequence[str]) -> Mapping[str, bool]:
        """Whether the known ones among these people accept marketing."""
        ...

    async def customers(
        self, *, store_id: UUID, currency: str, people: Sequence[Person]
    ) -> Mapping[str, UUID]:
        """Their ids by their keys (domain/people.py), made where there was none.

        A name, phone, address or number already known stays.
        """
        ...

    async def numbers(self, *, store_id: UUID, customer_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """By which numbers other systems know them; those without one are left out."""
        ...

    async def write(self, *, store_id: UUID, records: Sequence[OrderRecord]) -> None:
        """New orders and whole new contents of stored ones, lines included."""
        ...

    async def recount(self, *, store_id: UUID, customer_ids: Sequence[UUID]) -> None:
        """Take the customers' counters anew from their orders."""
        ...


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Null asks for nothing. `q` is part of a number or an e-mail; `placed_lte` is inclusive."""

    status: OrderStatus | None = None
    financial_status: FinancialStatus | None = None
    fulfilment_status: FulfilmentStatus | None = None
    source: str | None = None
    customer_id: UUID | None = None
    placed_gte: datetime | None = None
    placed_lte: datetime | None = None
    q: str | None = None


class PageOf(msgspec.Struct, frozen=True, kw_only=True):
    """Which page: `sort` is a name of the list's own, with a leading minus for descending."""

    sort: str
    limit: int
    cursor: str | None = None
    total: bool = False


class SalesReads(Protocol):
    """Reads within one store."""

    async def orders(self, *, store_id: UUID, wanted: OrderFilter, page: PageOf) -> Page[OrderSummary]: ...
    async def order(self, *, store_id: UUID, order_id: UUID) -> StoreOrderView | None: ...
    async def customers(self, *, store_id: UUID, q: str | None, page: PageOf) -> Page[CustomerView]: ...
    async def customer(self, *, store_id: UUID, customer_id: UUID) -> CustomerView | None: ...


class AllCustomers(Protocol):
    """Customers of every store, for the platform's administrators."""

    async def search(
        self, *, q: str | None, store_id: UUID | None, before: UUID | None, limit: int
    ) -> Sequence[CustomerView]:
        """Newest first; `q` is part of a name or an e-mail."""
        ...


class OrderPages(Protocol):
    """Reads a whole store in short transactions of its own, for exports that outlive a request's."""

    def all_orders(self, *, store_id: UUID, within: Sequence[UUID]) -> AsyncIterator[Sequence[ExportedOrder]]:
        """Every order with its lines, the oldest first. `within`: the stores that the reader works in."""
        ...
