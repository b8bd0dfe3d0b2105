"""Rows of sales as views."""

from typing import Any, TypeAlias

from asyncpg import Record

from shoplytics.kernel.codec import from_json
from shoplytics.kernel.money import Money
from shoplytics.modules.sales.domain import percent_of
from shoplytics.modules.sales.ports import KeptDiscount, KeptTax, OrderPiece
from shoplytics.ports.sales import (
    ChargedTax,
    CustomerView,
    FinancialStatus,
    FulfilmentStatus,
    GivenDiscount,
    OrderLineView,
    OrderStatus,
    OrderSummary,
    OrderView,
    PostalAddress,
)

Row: TypeAlias = Record | dict[str, Any]
AMOUNTS = ("subtotal", "discount", "shipping", "tax", "total", "refunded", "tax_included")
SUMMARY = (
    "id, store_id, number, source, external_id, status, financial_status, fulfilment_status, currency,"
    " subtotal, discount, shipping, tax, total, refunded, customer_id, email, placed_at, cancelled_at,"
    " version"
)
WHOLE = (
    f"{SUMMARY}, phone, accepts_marketing, billing_address::text, shipping_address::text, note, tags,"
    " discount_codes, paid_at, fulfilled_at, created_at, updated_at, tax_included, shipping_method,"
    " cancel_reason, checkout_id, held_until, expires_at, discounts::text, taxes::text"
)
PIECE = ", ".join(OrderPiece.__struct_fields__)
LINE = f"order_id, {PIECE}"
CUSTOMER = (
    "id, store_id, email, name, phone, accepts_marketing, note, tags, order_count, spent, currency,"
    " first_order_at, last_order_at, version, created_at, updated_at, external_id"
)


def _common(row: Row) -> dict[str, Any]:
    values = dict(row)
    currency = values.pop("currency")
    for name in AMOUNTS:
        if name in values:
            values[name] = Money(values[name], currency)
    values["status"] = OrderStatus(values["status"])
    values["financial_status"] = FinancialStatus(values["financial_status"])
    values["fulfilment_status"] = FulfilmentStatus(values["fulfilment_status"])
    return values


def summary_of(row: Record) -> OrderSummary:
    return OrderSummary(**_common(row))


def order_of(row: Row, lines: list[OrderLineView]) -> OrderView:
    values = _common(row)
    for name in ("billing_address", "shipping_address"):
        values[name] = None if values[name] is None else from_json(values[name], PostalAddress)
    currency = row["currency"]
    values["discounts"] = [
        GivenDiscount(id=one.id, title=one.title, code=one.code, amount=Money(one.amount, currency))
        for one in from_json(values["discounts"], list[KeptDiscount])
    ]
    values["taxes"] = [
        ChargedTax(
            name=one.name,
            percent=percent_of(one.rate),
            included=one.included,
            amount=Money(one.amount, currency),
        )
        for one in from_json(values["taxes"], list[KeptTax])
    ]
    return OrderView(**values, lines=lines)


def line_of(row: Record, currency: str) -> OrderLineView:
    values = dict(row)
    del values["order_id"]
    return line_view(OrderPiece(**values), currency)


def line_view(line: OrderPiece, currency: str) -> OrderLineView:
    return OrderLineView(
        position=line.position,
        product_id=line.product_id,
        variant_id=line.variant_id,
        sku=line.sku,
        title=line.title,
        quantity=line.quantity,
        unit_price=Money(line.unit_price, currency),
        discount=Money(line.discount, currency),
        total=Money(line.total, currency),
        requires_shipping=line.requires_shipping,
        taxable=line.taxable,
        fulfilment_status=FulfilmentStatus(line.fulfilment),
        offer_id=line.offer_id,
        variant_title=line.variant_title,
        image_url=line.image_url,
        tax=Money(line.tax, currency),
        tax_included=Money(line.tax_included, currency),
        shipped=line.shipped,
        returned=line.returned,
        refunded=line.refunded,
    )


def customer_of(row: Record) -> CustomerView:
    values = dict(row)
    values["spent"] = Money(values["spent"], values.pop("currency"))
    return CustomerView(**values)
