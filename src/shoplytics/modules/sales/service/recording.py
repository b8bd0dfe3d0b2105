"""What follows from an incoming order: whether it is a sale, who bought, what the reports must know."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from uuid import UUID

import msgspec

from shoplytics.modules.sales.domain.people import key_of
from shoplytics.modules.sales.ports import OrderRecord, Person, StoredOrder
from shoplytics.ports.sales import FinancialStatus, IncomingOrder, LineFact, OrderFact

PAID = frozenset({FinancialStatus.PAID, FinancialStatus.PARTIALLY_REFUNDED, FinancialStatus.REFUNDED})
DIGEST_BYTES = 16


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """An order that is new (`stored` is None), or not as it was."""

    order: IncomingOrder
    content_hash: bytes
    stored: StoredOrder | None


_encoder = msgspec.msgpack.Encoder()


def is_sale(order: IncomingOrder) -> bool:
    """Not one that was voided, or cancelled before it was paid."""
    if order.financial_status is FinancialStatus.VOIDED:
        return False
    return order.cancelled_at is None or order.financial_status in PAID


def digest(order: IncomingOrder) -> bytes:
    """Equal for equal contents; linked products count, so that a SKU learnt later changes an order once.

    Not the buyer's number: whether it is that of the stored order's customer is asked (see `renumbered`).
    """
    told = msgspec.structs.replace(order, customer_external_id=None)
    return hashlib.blake2b(_encoder.encode(told), digest_size=DIGEST_BYTES).digest()


def renumbered(order: IncomingOrder, stored: StoredOrder | None, numbers: Mapping[UUID, str]) -> bool:
    """Whether it names another buyer than the stored one's; one without a number says nothing of it."""
    if stored is None or order.customer_external_id is None:
        return False
    known = None if stored.customer_id is None else numbers.get(stored.customer_id)
    return known != order.customer_external_id


def people_of(orders: Iterable[IncomingOrder]) -> list[Person]:
    """Each person once, as their latest order shows them, by key (domain/people.py)."""
    people: dict[str, Person] = {}
    for order in sorted(orders, key=attrgetter("placed_at")):
        key = person_key(order)
        if key is None:
            continue
        known = people.get(key)
        people[key] = Person(
            external_id=order.customer_external_id,
            email=order.email or (known.email if known else None),
            name=order.customer_name or (known.name if known else ""),
            phone=order.phone or (known.phone if known else None),
            accepts_marketing=order.accepts_marketing,
            last_order_at=order.placed_at,
        )
    return sorted(people.values(), key=attrgetter("key"))


def person_key(order: IncomingOrder) -> str | None:
    return key_of(order.customer_external_id, order.email)


def skus_of(orders: Iterable[IncomingOrder]) -> Sequence[str]:
    """The SKUs that are still to be looked up."""
    return sorted(
        {line.sku for order in orders for line in order.lines if line.sku and line.product_id is None}
    )


def fact_of(record: OrderRecord) -> OrderFact:
    order = record.order
    return OrderFact(
        order_id=record.id,
        version=record.version,
        source=record.source,
        placed_at=order.placed_at,
        currency=order.currency,
        gross=order.gross,
        discount=order.discount,
        shipping=order.shipping,
        tax=order.tax,
        total=order.total,
        refunded=order.refunded,
        counts=record.counts,
        paid=order.financial_status in PAID,
        customer_id=record.customer_id,
        session_id=order.session_id,
        lines=tuple(
            LineFact(
                position=position,
                product_id=line.product_id,
                variant_id=line.variant_id,
                sku=line.sku,
                title=line.title,
                quantity=line.quantity,
                net=line.quantity * line.unit_price - line.discount,
            )
            for position, line in enumerate(order.lines, start=1)
        ),
    )
