"""Orders as Shopify's orders export, so that what leaves here can be read again, here or elsewhere."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from uuid import UUID

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.csv_cells import csv_text
from shoplytics.modules.sales.ports import ExportedOrder, OrderPages
from shoplytics.modules.sales.service.shopify_layout import ADDRESS_PARTS, COLUMNS, CUSTOMER_ID
from shoplytics.ports.sales import OrderLineView, PostalAddress


class OrderExports:
    """Needs no unit of work: an export may take longer than a transaction should."""

    def __init__(self, *, pages: OrderPages) -> None:
        self._pages = pages

    async def orders_csv(self, *, actor: Actor, store_id: UUID) -> AsyncIterator[bytes]:
        """All orders of the store, the oldest first; a cell that a spreadsheet would calculate is quoted."""
        yield csv_text([COLUMNS])
        async for orders in self._pages.all_orders(store_id=store_id, within=tuple(actor.stores)):
            yield csv_text(row for order in orders for row in _rows(order))


def _rows(order: ExportedOrder) -> Iterator[tuple[str, ...]]:
    head = _head(order)
    for line in order.lines:
        cells = head | _line(line)
        yield tuple(cells.get(column, "") for column in COLUMNS)
        head = {"Name": order.number, "Email": order.email or "", "Created at": head["Created at"]}


def _head(order: ExportedOrder) -> dict[str, str]:
    return {
        "Name": order.number,
        "Email": order.email or "",
        "Financial Status": order.financial_status.value,
        "Paid at": csv_moment(order.paid_at),
        "Fulfillment Status": order.fulfilment_status.value,
        "Fulfilled at": csv_moment(order.fulfilled_at),
        "Accepts Marketing": "yes" if order.accepts_marketing else "no",
        "Currency": order.total.currency,
        "Subtotal": order.subtotal.amount,
        "Shipping": order.shipping.amount,
        "Taxes": order.tax.amount,
        "Total": order.total.amount,
        "Discount Code": ", ".join(order.discount_codes),
        "Discount Amount": order.discount.amount,
        "Created at": csv_moment(order.placed_at),
        "Notes": order.note,
        "Cancelled at": csv_moment(order.cancelled_at),
        "Refunded Amount": order.refunded.amount,
        "Id": order.external_id or "",
        "Tags": ", ".join(order.tags),
        "Source": order.source,
        "Phone": order.phone or "",
        CUSTOMER_ID: order.customer_external_id or "",
        **_address("Billing", order.billing_address),
        **_address("Shipping", order.shipping_address),
    }


def _line(line: OrderLineView) -> dict[str, str]:
    return {
        "Lineitem quantity": str(line.quantity),
        "Lineitem name": line.title,
        "Lineitem price": line.unit_price.amount,
        "Lineitem sku": line.sku or "",
        "Lineitem requires shipping": _flag(line.requires_shipping),
        "Lineitem taxable": _flag(line.taxable),
        "Lineitem fulfillment status": line.fulfilment_status.value,
        "Lineitem discount": line.discount.amount,
    }


def _address(kind: str, address: PostalAddress | None) -> dict[str, str]:
    if address is None:
        return {}
    cells = {f"{kind} {word}": str(getattr(address, part)) for part, word in ADDRESS_PARTS.items()}
    street = ", ".join(part for part in (address.address1, address.address2) if part)
    return cells | {f"{kind} Street": street}


def csv_moment(moment: datetime | None) -> str:
    """As Shopify writes it; fractions of a second, which it has not, are kept."""
    if moment is None:
        return ""
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%d %H:%M:%S +0000") if utc.microsecond == 0 else utc.isoformat(sep=" ")


def _flag(value: bool) -> str:
    return "true" if value else "false"
