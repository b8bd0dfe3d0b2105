"""A cart as its shopper sees it, line by line, and a quote of it."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from shoplytics.kernel.money import Money
from shoplytics.modules.sales.domain import PricedLine, percent_of
from shoplytics.modules.sales.ports import CartRow
from shoplytics.modules.sales.service.quoting import Quote, QuotedLine, StoreQuote, UnusedCode
from shoplytics.ports.catalog.shelf import ShelfOffer
from shoplytics.ports.sales import (
    CartLineView,
    DiscountUseView,
    QuotedStore,
    QuoteView,
    ShippingOptionView,
    TaxView,
    UnusedCodeView,
)


def problem_of(line: CartRow, offer: ShelfOffer | None, currency: str) -> str | None:
    """Why it cannot be bought as it stands; see CartLineView."""
    if offer is None or not offer.visible:
        return "not_sold"
    if offer.mirrored:
        return "not_sold_here"
    if not offer.sold or offer.price is None:
        return "not_sold"
    if offer.price.currency != currency:
        return "other_currency"
    if offer.available < 1:
        return "out_of_stock"
    return "not_enough" if offer.available < line.quantity else None


def counts(problem: str | None) -> bool:
    """Whether a line with this problem has a price: it is only too much of it."""
    return problem in {None, "out_of_stock", "not_enough"}


def sellable(
    lines: Sequence[CartRow], offers: Mapping[UUID, ShelfOffer], currency: str
) -> Iterator[QuotedLine]:
    """Those that have a price today."""
    for line in lines:
        offer = offers.get(line.offer_id)
        if offer is not None and counts(problem_of(line, offer, currency)):
            yield QuotedLine(wanted=line, offer=offer)


def line_view(
    line: CartRow, offer: ShelfOffer | None, priced: PricedLine | None, currency: str
) -> CartLineView:
    """What shoppers may not know any more is shown as they saw it last."""
    problem = problem_of(line, offer, currency)
    seen = Money(line.unit_price, currency)
    today = offer.price if offer is not None and counts(problem) else None
    shown = offer if offer is not None and offer.visible else None
    return CartLineView(
        id=line.id,
        store_id=line.store_id,
        store_name=shown.store_name if shown is not None else "",
        offer_id=line.offer_id,
        product_id=line.product_id,
        variant_id=line.variant_id,
        title=shown.title if shown is not None else line.title,
        variant_title=shown.variant_title if shown is not None else "",
        sku=shown.sku if shown is not None else None,
        image_url=shown.image_url if shown is not None else None,
        quantity=line.quantity,
        unit_price=today or seen,
        was=seen if today is not None and today != seen else None,
        discount=Money(priced.discount if priced is not None else 0, currency),
        total=Money(priced.net if priced is not None else 0, currency),
        available=max(0, offer.available) if offer is not None and counts(problem) else 0,
        problem=problem,
    )


def discount_views(store: StoreQuote, currency: str) -> list[DiscountUseView]:
    return [
        DiscountUseView(
            id=given.discount.id,
            store_id=store.store_id,
            title=given.discount.title,
            code=given.discount.code,
            amount=Money(given.amount, currency),
        )
        for given in store.priced.discounts
    ]


def unused_views(unused: Sequence[UnusedCode]) -> list[UnusedCodeView]:
    return [UnusedCodeView(code=one.code, reason=one.reason) for one in unused]


def quote_view(found: Quote, rows: Mapping[UUID, CartRow], currency: str) -> QuoteView:
    """`rows` by their ids."""
    return QuoteView(
        stores=[_store_view(store, rows, currency) for store in found.stores],
        unused_codes=unused_views(found.unused),
        total=Money(found.total, currency),
    )


def _store_view(store: StoreQuote, rows: Mapping[UUID, CartRow], currency: str) -> QuotedStore:
    def money(minor: int) -> Money:
        return Money(minor, currency)

    priced = store.priced
    return QuotedStore(
        store_id=store.store_id,
        store_name=store.store_name,
        lines=[
            line_view(rows[line.wanted.id], line.offer, part, currency)
            for line, part in zip(store.lines, priced.lines, strict=True)
        ],
        discounts=discount_views(store, currency),
        shipping_options=[
            ShippingOptionView(
                rate_id=option.id,
                name=option.name,
                amount=money(option.cost(priced.subtotal)),
                chosen=store.chosen is not None and option.id == store.chosen.id,
            )
            for option in store.options
        ],
        taxes=[
            TaxView(
                name=taxed.rate.name,
                rate=percent_of(taxed.rate.rate),
                included=taxed.rate.inclusive,
                amount=money(taxed.amount),
            )
            for taxed in priced.taxes
        ],
        gross=money(priced.gross),
        discount=money(priced.discount),
        subtotal=money(priced.subtotal),
        shipping=money(priced.shipping),
        tax=money(priced.tax),
        tax_included=money(priced.tax_included),
        total=money(priced.total),
    )
