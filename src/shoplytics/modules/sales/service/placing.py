"""Orders made of a quote: one a store, with everything they are about as it is now."""

from datetime import datetime
from uuid import UUID

from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.domain import PricedLine
from shoplytics.modules.sales.ports import (
    Buyer,
    KeptDiscount,
    KeptTax,
    NewOrder,
    OrderPiece,
    OrderState,
    Use,
)
from shoplytics.modules.sales.service.moving import NATIVE
from shoplytics.modules.sales.service.quoting import QuotedLine, StoreQuote
from shoplytics.ports.sales import FinancialStatus, FulfilmentStatus, OrderStatus


def new_order(
    store: StoreQuote,
    *,
    checkout_id: UUID,
    buyer: Buyer,
    currency: str,
    session_id: int | None,
    now: datetime,
) -> NewOrder:
    """Not written yet: without a number, and without the store's record of the buyer."""
    priced = store.priced
    state = OrderState(
        id=new_id(),
        store_id=store.store_id,
        number="",
        source=NATIVE,
        status=OrderStatus.CREATED,
        financial_status=FinancialStatus.PENDING,
        fulfilment_status=FulfilmentStatus.UNFULFILLED,
        counts=True,
        currency=currency,
        gross=priced.gross,
        subtotal=priced.subtotal,
        discount=priced.discount,
        shipping=priced.shipping,
        tax=priced.tax,
        tax_included=priced.tax_included,
        shipping_tax=priced.shipping_tax,
        shipping_tax_included=priced.shipping_tax_included,
        total=priced.total,
        refunded=0,
        customer_id=None,
        user_id=buyer.user_id,
        email=buyer.email,
        checkout_id=checkout_id,
        session_id=session_id,
        cancel_reason="",
        placed_at=now,
        paid_at=None,
        fulfilled_at=None,
        cancelled_at=None,
        held_until=None,
        expires_at=None,
        version=1,
        lines=tuple(
            _piece(position, line, part)
            for position, (line, part) in enumerate(zip(store.lines, priced.lines, strict=True), start=1)
        ),
    )
    return NewOrder(
        state=state,
        shipping_method=store.chosen.name if store.chosen is not None else "",
        discount_codes=[g.discount.code for g in priced.discounts if g.discount.code is not None],
        discounts=[
            KeptDiscount(id=g.discount.id, title=g.discount.title, code=g.discount.code, amount=g.amount)
            for g in priced.discounts
        ],
        taxes=[
            KeptTax(name=t.rate.name, rate=t.rate.rate, included=t.rate.inclusive, amount=t.amount)
            for t in priced.taxes
        ],
    )


def _piece(position: int, quoted: QuotedLine, part: PricedLine) -> OrderPiece:
    offer = quoted.offer
    return OrderPiece(
        position=position,
        product_id=offer.product_id,
        variant_id=offer.variant_id,
        offer_id=offer.offer_id,
        sku=offer.sku,
        title=offer.title,
        variant_title=offer.variant_title,
        image_url=offer.image_url,
        quantity=part.line.quantity,
        unit_price=part.line.unit_price,
        discount=part.discount,
        total=part.net,
        tax=part.tax,
        tax_included=part.tax_included,
        requires_shipping=part.line.requires_shipping,
        taxable=part.line.taxable,
    )


def uses_of(orders: list[NewOrder]) -> list[Use]:
    """By id: so they are locked."""
    uses = [
        Use(store_id=order.state.store_id, order_id=order.state.id, discount_id=given.id)
        for order in orders
        for given in order.discounts
    ]
    return sorted(uses, key=lambda use: use.discount_id)
