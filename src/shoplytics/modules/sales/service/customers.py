"""What a store does with its records of buyers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import msgspec
from msgspec import UNSET

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.csv_cells import csv_text
from shoplytics.kernel.errors import Conflict, NotFound, Stale
from shoplytics.modules.sales.ports import CustomerPages, CustomerRecords
from shoplytics.modules.sales.schemas import CustomerPatch
from shoplytics.modules.sales.service.export import csv_moment
from shoplytics.ports.mails import Mails
from shoplytics.ports.sales import CustomerView
from shoplytics.ports.tenancy import AuditLog

COLUMNS = (
    *("Id", "Name", "Email", "Phone", "Accepts Marketing", "Note", "Tags", "Orders", "Spent", "Currency"),
    *("First Order at", "Last Order at", "Created at"),
)


class OrdersUnderWay(Conflict):
    code = "orders_under_way"
    message = "Orders of this customer are not shipped yet: complete or cancel them first."


class CustomerMark(msgspec.Struct, frozen=True, kw_only=True):
    """What audit rows say: which fields, and nothing about people, who may ask to be forgotten."""

    version: int
    fields: tuple[str, ...] = ()


class CustomerService:
    def __init__(self, *, customers: CustomerRecords, audit: AuditLog, clock: Clock) -> None:
        self._customers = customers
        self._audit = audit
        self._clock = clock

    async def change(
        self, *, store_id: UUID, customer_id: UUID, data: CustomerPatch, version: int | None, actor: Actor
    ) -> CustomerView:
        """Raises NotFound, Stale."""
        customer = await self._take(store_id, customer_id)
        if version is not None and customer.version != version:
            raise Stale
        changed = []
        for name in CustomerPatch.__struct_fields__:
            value = getattr(data, name)
            if value is not UNSET and value != getattr(customer, name):
                setattr(customer, name, value)
                changed.append(name)
        saved = await self._customers.save(customer, now=self._clock())
        await self._note(actor, "change", saved, CustomerMark(version=saved.version, fields=tuple(changed)))
        return saved

    async def _take(self, store_id: UUID, customer_id: UUID) -> CustomerView:
        return await _taken(self._customers, store_id, customer_id)

    async def _note(
        self, actor: Actor, deed: str, customer: CustomerView, after: CustomerMark | None
    ) -> None:
        await _noted(self._audit, actor, deed, customer, after)


@dataclass(frozen=True, kw_only=True)
class ErasingUnit:
    """What somebody is forgotten with, in one unit of work of the system's."""

    customers: CustomerRecords
    mails: Mails
    audit: AuditLog
    commit: Callable[[], Awaitable[None]]


class ErasingUnits(Protocol):
    def open(self) -> AbstractAsyncContextManager[ErasingUnit]: ...


class CustomerErasing:
    """Ends its own unit of work: carts, checkouts and letters are no store's to see."""

    def __init__(self, *, units: ErasingUnits, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def erase(self, *, store_id: UUID, customer_id: UUID, actor: Actor) -> None:
        """For good: their orders stay with their amounts alone. Raises NotFound, OrdersUnderWay.

        The system does it, which row-level security stops nowhere: so it asks once more who wants it.
        """
        if store_id not in actor.stores:
            raise NotFound
        async with self._units.open() as unit:
            customer = await _taken(unit.customers, store_id, customer_id)
            waiting = await unit.customers.under_way(customer)
            if waiting:
                raise OrdersUnderWay(extra={"orders": waiting})
            checkouts = await unit.customers.erase(customer, now=self._clock())
            if customer.email is not None:
                await unit.mails.forget_for(store_id=store_id, to=customer.email, causes=checkouts)
            await _noted(unit.audit, actor, "erase", customer, None)
            await unit.commit()


async def _taken(customers: CustomerRecords, store_id: UUID, customer_id: UUID) -> CustomerView:
    found = await customers.take(store_id=store_id, customer_id=customer_id)
    if found is None:
        raise NotFound
    return found


async def _noted(
    audit: AuditLog, actor: Actor, deed: str, customer: CustomerView, after: CustomerMark | None
) -> None:
    await audit.record(
        actor=actor,
        action=f"customers.{deed}",
        target=f"customer:{customer.id}",
        store_id=customer.store_id,
        after=after,
    )


class CustomerExports:
    """Needs no unit of work: an export may take longer than a transaction should."""

    def __init__(self, *, pages: CustomerPages) -> None:
        self._pages = pages

    async def customers_csv(self, *, actor: Actor, store_id: UUID) -> AsyncIterator[bytes]:
        """The store's customers, the oldest first; what a spreadsheet would calculate is quoted."""
        yield csv_text([COLUMNS])
        async for page in self._pages.all_customers(store_id=store_id, within=tuple(actor.stores)):
            yield csv_text(tuple(_cells(customer)) for customer in page)


def _cells(customer: CustomerView) -> Iterator[str]:
    yield str(customer.id)
    yield customer.name
    yield customer.email or ""
    yield customer.phone or ""
    yield "yes" if customer.accepts_marketing else "no"
    yield customer.note
    yield ", ".join(customer.tags)
    yield str(customer.order_count)
    yield customer.spent.amount
    yield customer.spent.currency
    yield csv_moment(customer.first_order_at)
    yield csv_moment(customer.last_order_at)
    yield csv_moment(customer.created_at)
