"""Orders out of Shopify's orders export. A row that cannot be used costs its whole order, and is reported."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter

import msgspec

from shoplytics.kernel.errors import Invalid
from shoplytics.kernel.money import MAX_MINOR, exponent
from shoplytics.modules.sales.service.cells import Cells, row_errors
from shoplytics.modules.sales.service.grouping import Group, Survey
from shoplytics.modules.sales.service.settling import share_discount, status_of
from shoplytics.modules.sales.service.shopify_layout import (
    ADDRESS_PARTS,
    CUSTOMER_ID,
    FINANCIAL,
    FULFILMENT,
    READ,
)
from shoplytics.ports.jobs import RowError
from shoplytics.ports.sales import (
    FinancialStatus,
    FulfilmentStatus,
    IncomingLine,
    IncomingOrder,
    PostalAddress,
)

MAX_QUANTITY = 1_000_000
MAX_NOTE = 5000
UNSAID = -1
PLACES = {name: place for place, name in enumerate(READ)}
ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+?\d+")  # what spreadsheets make of a long number


def _with_siblings(group: Group, errors: Sequence[RowError]) -> list[RowError]:
    """The errors of a refused order and its other rows: it is to be corrected and imported again whole."""
    if not errors:
        return []
    cause, told = errors[0], {error.line for error in errors}
    message = f"Its order was refused for what is wrong on line {cause.line}: {cause.code}."
    others = [
        RowError(line=row.line, code="order_refused", message=message, row=row.text)
        for row in group.rows
        if row.line not in told
    ]
    return sorted([*errors, *others], key=attrgetter("line"))


class OrderParser:
    """Turns groups of rows into orders. `currency` is the store's, for files or rows that name none."""

    def __init__(self, survey: Survey, *, currency: str, now: datetime) -> None:
        self._survey = survey
        self._currency = currency
        self._now = now

    def parse(self, groups: Sequence[Group]) -> tuple[list[IncomingOrder], list[RowError]]:
        orders: list[IncomingOrder] = []
        refused: list[RowError] = []
        for group in groups:
            errors: list[RowError] = []
            order = self._order(group, errors)
            if order is not None and not errors:
                orders.append(order)
            refused += _with_siblings(group, errors)
        return orders, refused

    def _order(self, group: Group, errors: list[RowError]) -> IncomingOrder | None:
        for row in group.rows:
            errors += row_errors(row)
        good = [row for row in group.rows if row.error is None]
        if not good:
            return None
        cells = Cells(PLACES, now=self._now, errors=errors).at(good[0])
        if not group.name:
            cells.refuse("missing_value", "Name is empty.")
            return None
        if ROUNDED.fullmatch(group.ident):
            cells.refuse("invalid_id", f"Id {group.ident} was rounded by a spreadsheet.")
            return None
        later = self._survey.replaced_by.get(group.line)
        if group.name in self._survey.split:
            first = self._survey.split[group.name]
            cells.refuse(
                "order_split", f"The rows of order {group.name}, from line {first}, are not together."
            )
            return None
        if later is not None:
            cells.refuse(
                "duplicate_order", f"Order {group.name} stands again on line {later}; the last counts."
            )
            return None
        order = self._head(group, cells)
        for row in good:
            order.lines.append(self._line(cells.at(row), order.currency))
        cells.at(good[0])
        self._settle(order, cells)
        return order

    def _head(self, group: Group, cells: Cells) -> IncomingOrder:
        currency = self._currency_of(cells)
        financial = cells.word("Financial Status", FINANCIAL, self._unsaid(cells))
        fulfilment = cells.word("Fulfillment Status", FULFILMENT, FulfilmentStatus.UNFULFILLED)
        cancelled_at = cells.moment("Cancelled at")
        total = cells.amount("Total", currency, default=None)
        billing, shipping = self._address(cells, "Billing"), self._address(cells, "Shipping")
        return IncomingOrder(
            number=cells.text("Name"),
            external_id=cells.text("Id") or None,
            currency=currency,
            placed_at=self._placed(cells),
            status=status_of(financial, fulfilment, cancelled_at),
            financial_status=financial,
            fulfilment_status=fulfilment,
            subtotal=cells.amount("Subtotal", currency, default=UNSAID),
            discount=cells.amount("Discount Amount", currency),
            shipping=cells.amount("Shipping", currency),
            tax=cells.amount("Taxes", currency),
            total=total,
            refunded=cells.amount(
                "Refunded Amount", currency, default=total if financial is FinancialStatus.REFUNDED else 0
            ),
            lines=[],
            email=cells.email("Email"),
            customer_external_id=self._customer(cells),
            customer_name=next((a.name for a in (billing, shipping) if a is not None and a.name), ""),
            phone=cells.text("Phone") or (billing.phone if billing else "") or None,
            accepts_marketing=cells.flag("Accepts Marketing", default=False),
            billing_address=billing,
            shipping_address=shipping,
            note=cells.text("Notes", limit=MAX_NOTE),
            tags=cells.listed("Tags"),
            discount_codes=cells.listed("Discount Code"),
            paid_at=cells.moment("Paid at"),
            fulfilled_at=cells.moment("Fulfilled at"),
            cancelled_at=cancelled_at,
        )

    @staticmethod
    def _customer(cells: Cells) -> str | None:
        """A number that a spreadsheet has rounded would make many people one."""
        found = cells.text(CUSTOMER_ID)
        if ROUNDED.fullmatch(found):
            cells.refuse("invalid_id", f"{CUSTOMER_ID} {found} was rounded by a spreadsheet.")
        return found or None

    def _currency_of(self, cells: Cells) -> str:
        currency = cells.raw("Currency").upper() or self._currency
        try:
            exponent(currency)
        except Invalid as error:
            cells.refuse(error.code, f"Currency: {error}")
            return self._currency
        return currency

    @staticmethod
    def _unsaid(cells: Cells) -> FinancialStatus:
        return FinancialStatus.PAID if cells.raw("Paid at") else FinancialStatus.PENDING

    def _placed(self, cells: Cells) -> datetime:
        if not cells.raw("Created at"):
            cells.refuse("missing_value", "Created at is empty.")
        return cells.moment("Created at") or self._now

    @staticmethod
    def _address(cells: Cells, kind: str) -> PostalAddress | None:
        parts: Mapping[str, str] = {
            part: found for part, word in ADDRESS_PARTS.items() if (found := cells.text(f"{kind} {word}"))
        }
        if not parts:
            return None
        address = PostalAddress(**parts)
        # Shopify guards every postal code with an apostrophe, not only those a spreadsheet would calculate.
        return msgspec.structs.replace(address, zip=address.zip.removeprefix("'"))

    @staticmethod
    def _line(cells: Cells, currency: str) -> IncomingLine:
        quantity = cells.whole("Lineitem quantity", most=MAX_QUANTITY)
        price = cells.amount("Lineitem price", currency, default=None)
        discount = cells.amount("Lineitem discount", currency)
        if discount > quantity * price:
            cells.refuse("discount_too_large", "Lineitem discount is more than quantity x price.")
        return IncomingLine(
            title=cells.needed("Lineitem name"),
            sku=cells.text("Lineitem sku") or None,
            quantity=quantity,
            unit_price=price,
            discount=discount,
            requires_shipping=cells.flag("Lineitem requires shipping", default=True),
            taxable=cells.flag("Lineitem taxable", default=True),
            fulfilment=cells.word("Lineitem fulfillment status", FULFILMENT, FulfilmentStatus.UNFULFILLED),
        )

    @staticmethod
    def _settle(order: IncomingOrder, cells: Cells) -> None:
        if order.refunded > order.total and not cells.errors:
            cells.refuse("refund_exceeds_total", "Refunded Amount is more than Total.")
            return
        gross = order.gross
        if gross > MAX_MINOR:
            cells.refuse("out_of_range", "The lines of the order are worth too much.")
            return
        order.discount = max(order.discount, sum(line.discount for line in order.lines))
        if order.subtotal == UNSAID:
            order.subtotal = max(0, gross - order.discount)
        if not cells.errors:
            share_discount(order)
