"""Rows of sales as views."""

from typing import Any

from asyncpg import Record

from shoplytics.kernel.codec import from_json
from shoplytics.kernel.money import Money
from shoplytics.ports.sales import (
    CustomerView,
    FinancialStatus,
    FulfilmentStatus,
    OrderLineView,
    OrderStatus,
    OrderSummary,
    OrderView,
    PostalAddress,
)

AMOUNTS = ("subtotal", "discount", "shipping", "tax", "total", "refunded")
SUMMARY = (
    "id, store_id, number, source, external_id, status, financial_status, fulfilment_status, currency,"
    " subtotal, discount, shipping, tax, total, refunded, customer_id, email, placed_at, cancelled_at,"
    " version"
)
WHOLE = (
    f"{SUMMARY}, phone, accepts_marketing, billing_address::text, shipping_address::text, note, tags,"
    " discount_codes, paid_at, fulfilled_at, created_at, updated_at"
)
LINE = (
    "order_id, position, product_id, variant_id, sku, title, quantity, unit_price, discount, total,"
    " requires_shipping, taxable, fulfilment"
)
CUSTOMER = (
    "id, store_id, email, name, phone, accepts_marketing, note, tags, order_count, spent, currency,"
    " first_order_at, last_order_at, version, created_at, updated_at"
)


def _common(row: Record) -> dict[str, Any]:
    values = dict(row)
    currency = values.pop("currency")
    for name in AMOUNTS:
        values[name] = Money(values[name], currency)
    values["status"] = OrderStatus(values["status"])
    values["financial_status"] = FinancialStatus(values["financial_status"])
    values["fulfilment_status"] = FulfilmentStatus(values["fulfilment_status"])
    return values


def summary_of(row: Record) -> OrderSummary:
    return OrderSummary(**_common(row))


def order_of(row: Record, lines: list[OrderLineView]) -> OrderView:
    values = _common(row)
    for name in ("billing_address", "shipping_address"):
        values[name] = None if values[name] is None else from_json(values[name], PostalAddress)
    return OrderView(**values, lines=lines)


def line_of(row: Record, currency: str) -> OrderLineView:
    return OrderLineView(
        position=row["position"],
        product_id=row["product_id"],
        variant_id=row["variant_id"],
        sku=row["sku"],
        title=row["title"],
        quantity=row["quantity"],
        unit_price=Money(row["unit_price"], currency),
        discount=Money(row["discount"], currency),
        total=Money(row["total"], currency),
        requires_shipping=row["requires_shipping"],
        taxable=row["taxable"],
        fulfilment_status=FulfilmentStatus(row["fulfilment"]),
    )


def customer_of(row: Record) -> CustomerView:
    values = dict(row)
    values["spent"] = Money(values["spent"], values.pop("currency"))
    return CustomerView(**values)
