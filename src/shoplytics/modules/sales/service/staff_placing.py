"""Orders that staff place for a customer: by telephone, at a counter."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.emails import normal_email
from shoplytics.kernel.errors import FieldError, Invalid, NotFound
from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.ports import Buyer, CartRow, SalesReads, StoredCart
from shoplytics.modules.sales.schemas import StaffLine, StaffOrderForm
from shoplytics.modules.sales.service.addresses import delivery_address
from shoplytics.modules.sales.service.checkout import CheckoutService
from shoplytics.modules.sales.service.quoting import Choices, Quote, QuotedLine
from shoplytics.ports.catalog.shelf import Shelf, ShelfOffer
from shoplytics.ports.identity import AddressBook
from shoplytics.ports.payments import ManualPayments
from shoplytics.ports.sales import OrderSummary, StoreOrderView
from shoplytics.ports.tenancy import AuditLog, StoreDirectory


class Once(Protocol):
    """One order a key, in the transaction that places it: so an order and its key are there, or neither."""

    async def take(self, *, scope: str, key: str, fingerprint: bytes) -> UUID | None:
        """What the key has made already. Holds the key to the end of the work.

        Raises a Conflict while another request holds it, KeyReused for another request.
        """
        ...

    async def keep(self, made: UUID, *, scope: str, key: str, fingerprint: bytes) -> None: ...


@dataclass(frozen=True, kw_only=True)
class PlacingUnit:
    """What an order is placed and paid with, in one unit of work of the system's: it ends with `commit`."""

    checkout: CheckoutService
    shelf: Shelf
    stores: StoreDirectory
    addresses: AddressBook
    reads: SalesReads
    audit: AuditLog
    payments: ManualPayments
    once: Once
    commit: Callable[[], Awaitable[None]]


class PlacingUnits(Protocol):
    def open(self) -> AbstractAsyncContextManager[PlacingUnit]: ...


class StaffPlacing:
    """Ends its own unit of work: a shelf may hold goods of other stores, which staff have no right to see."""

    def __init__(self, *, units: PlacingUnits, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def place(
        self, *, store_id: UUID, form: StaffOrderForm, actor: Actor, key: str | None
    ) -> StoreOrderView:
        """Placed and, with `paid`, paid in one transaction. One order a key, whatever becomes of the answer.

        Raises Invalid, NotSoldHere, CannotShip, OutOfStock, DiscountUsedUp. The system places it, which
        row-level security stops nowhere: so it asks once more who wants it.
        """
        if store_id not in actor.stores:
            raise NotFound
        async with self._units.open() as unit:
            order_id = await self._once(unit, store_id, form, actor, key)
            await unit.commit()
        async with self._units.open() as unit:
            found = await unit.reads.order(store_id=store_id, order_id=order_id)
        if found is None:
            raise NotFound
        return found

    async def _once(
        self, unit: PlacingUnit, store_id: UUID, form: StaffOrderForm, actor: Actor, key: str | None
    ) -> UUID:
        if key is None:
            return await self._paid(unit, store_id, form, actor)
        scope = f"staff-order:{store_id}:{actor.label}"
        fingerprint = hashlib.sha256(to_json(form)).digest()
        known = await unit.once.take(scope=scope, key=key, fingerprint=fingerprint)
        if known is not None:
            return known
        order_id = await self._paid(unit, store_id, form, actor)
        await unit.once.keep(order_id, scope=scope, key=key, fingerprint=fingerprint)
        return order_id

    async def _paid(self, unit: PlacingUnit, store_id: UUID, form: StaffOrderForm, actor: Actor) -> UUID:
        order_id, total = await self._placed(unit, store_id, form, actor)
        if form.paid and total:
            await unit.payments.record(
                store_id=store_id, order_id=order_id, amount=None, actor=actor, note=""
            )
        return order_id

    async def _placed(
        self, unit: PlacingUnit, store_id: UUID, form: StaffOrderForm, actor: Actor
    ) -> tuple[UUID, int]:
        """The order's id, and its total in minor units."""
        to = await delivery_address(
            form.shipping_address, pointer="/shipping_address", user_id=None, book=unit.addresses
        )
        bill_to = to
        if form.billing_address is not None:
            bill_to = await delivery_address(
                form.billing_address, pointer="/billing_address", user_id=None, book=unit.addresses
            )
        offers = await _offers(unit.shelf, store_id, form.lines)
        buyer = Buyer(
            user_id=None, email=normal_email(form.email), proved=False, name=to.name, phone=to.phone or None
        )
        placed = await unit.checkout.order(
            self._basket((await unit.stores.facts(store_id)).currency, form, offers),
            buyer=buyer,
            to=to,
            bill_to=bill_to,
            note=form.note,
            choices=Choices(
                rates={} if form.rate_id is None else {store_id: form.rate_id}, pointer="/rate_id"
            ),
            agreed=_codes_count,
            actor=actor,
        )
        order = placed.orders[0]
        known = {name: getattr(order, name) for name in OrderSummary.__struct_fields__}
        summary = OrderSummary(**known | {"email": None})  # the audit log outlives whom the store forgets
        await unit.audit.record(
            actor=actor, action="orders.create", target=f"order:{order.id}", store_id=store_id, after=summary
        )
        return order.id, order.total.minor

    def _basket(self, currency: str, form: StaffOrderForm, offers: Sequence[ShelfOffer]) -> StoredCart:
        """It is kept nowhere."""
        rows = tuple(
            CartRow(
                id=new_id(),
                offer_id=offer.offer_id,
                quantity=line.quantity,
                unit_price=offer.price.minor if offer.price is not None else 0,
                store_id=offer.store_id,
                product_id=offer.product_id,
                variant_id=offer.variant_id,
                title=offer.title,
            )
            for line, offer in zip(form.lines, offers, strict=True)
        )
        return StoredCart(
            id=new_id(),
            user_id=None,
            currency=currency,
            email=None,
            codes=tuple(form.codes),
            updated_at=self._clock(),
            lines=rows,
        )


def _codes_count(cart: StoredCart, found: Quote, _: Sequence[QuotedLine]) -> None:
    """What staff promise a customer is what is charged, or less. Raises Invalid with every idle code."""
    reasons = {one.code: one.reason for one in found.unused if one.reason != "better_discount"}
    errors = [
        FieldError(f"/codes/{place}", reasons[code], "The code takes nothing off this order.")
        for place, code in enumerate(cart.codes)
        if code in reasons
    ]
    if errors:
        raise Invalid(errors=errors)


async def _offers(shelf: Shelf, store_id: UUID, lines: Sequence[StaffLine]) -> list[ShelfOffer]:
    """The store's own, line by line. Raises Invalid with every line that is none, or stands twice."""
    found: list[ShelfOffer] = []
    errors: list[FieldError] = []
    async for place, offer in _each(shelf, store_id, lines):
        pointer = f"/lines/{place}/variant_id"
        if offer is None:
            errors.append(FieldError(pointer, "unknown_variant", "The store does not sell it."))
        elif any(offer.offer_id == other.offer_id for other in found):
            errors.append(FieldError(pointer, "duplicate", "Each is named once."))
        else:
            found.append(offer)
    if errors:
        raise Invalid(errors=errors)
    return found


async def _each(
    shelf: Shelf, store_id: UUID, lines: Sequence[StaffLine]
) -> AsyncIterator[tuple[int, ShelfOffer | None]]:
    for place, line in enumerate(lines):
        yield place, await shelf.best(variant_id=line.variant_id, store_id=store_id)
