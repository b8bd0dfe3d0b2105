"""Carts as they may come, and what in them is counted apart from the product's own sums."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.domain import (
    CartLine,
    Discount,
    DiscountKind,
    DiscountScope,
    Place,
    Priced,
    ShippingRate,
    TaxRate,
)

FOOD, TOYS = new_id(), new_id()
PIZZA, ROBOT = new_id(), new_id()


def line(unit_price: int, quantity: int = 1, *, product: UUID = PIZZA, taxable: bool = True) -> CartLine:
    return CartLine(
        offer_id=new_id(),
        product_id=product,
        quantity=quantity,
        unit_price=unit_price,
        categories=frozenset({FOOD if product == PIZZA else TOYS}),
        taxable=taxable,
    )


def percent(rate: int, **more: object) -> Discount:
    return Discount(id=new_id(), title="Off", kind=DiscountKind.PERCENT, rate=rate * 10_000, **more)  # type: ignore[arg-type]  # the caller names fields of the class


def amount(units: int, **more: object) -> Discount:
    return Discount(id=new_id(), title="Off", kind=DiscountKind.AMOUNT, amount=units, **more)  # type: ignore[arg-type]  # the same


def free(buy: int, get: int, **more: object) -> Discount:
    return Discount(id=new_id(), title="Free", kind=DiscountKind.FREE_ITEMS, buy=buy, get=get, **more)  # type: ignore[arg-type]  # the same


def shipping(units: int, *, free_from: int | None = None, places: Sequence[Place] = ()) -> ShippingRate:
    return ShippingRate(id=new_id(), name="Post", amount=units, free_from=free_from, places=tuple(places))


def tax(rate: int, *, inclusive: bool = False, on_shipping: bool = True) -> TaxRate:
    return TaxRate(id=new_id(), name="VAT", rate=rate, inclusive=inclusive, on_shipping=on_shipping)


LINES = st.lists(
    st.builds(
        line,
        st.integers(0, 10**9),
        st.integers(1, 99),
        product=st.sampled_from([PIZZA, ROBOT]),
        taxable=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
SCOPES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"scope": DiscountScope.PRODUCTS, "targets": frozenset({PIZZA})},
        {"scope": DiscountScope.CATEGORIES, "targets": frozenset({TOYS})},
    ]
)
DISCOUNTS = st.lists(
    st.tuples(
        st.one_of(
            st.builds(lambda rate: (percent, (rate,)), st.integers(0, 100)),
            st.builds(lambda units: (amount, (units,)), st.integers(0, 10**9)),
            st.builds(lambda buy, get: (free, (buy, get)), st.integers(1, 3), st.integers(1, 3)),
        ),
        SCOPES,
        st.booleans(),
        st.integers(0, 10**6),
    ).map(lambda t: t[0][0](*t[0][1], combines=t[2], minimum=t[3], **t[1])),
    max_size=4,
)
TAXES = st.lists(
    st.builds(tax, st.integers(0, 1_000_000), inclusive=st.booleans(), on_shipping=st.booleans()), max_size=3
)
SHIPPING = st.none() | st.builds(shipping, st.integers(0, 10**6), free_from=st.none() | st.integers(0, 10**7))


def parts_of(priced: Priced) -> int:
    """Everything that is charged, counted apart."""
    on_top = priced.shipping_tax - priced.shipping_tax_included
    return sum(one.total for one in priced.lines) + priced.shipping + on_top
