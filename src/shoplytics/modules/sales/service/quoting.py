"""What a cart costs, store by store, from the lines, the shelf and the stores' price books."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from shoplytics.kernel.errors import Conflict, Invalid, invalid_field
from shoplytics.modules.sales.domain import (
    CartLine,
    Discount,
    Priced,
    ShippingRate,
    TaxRate,
    price,
    shipping_options,
    tax_rates_at,
)
from shoplytics.modules.sales.ports import PriceBook, WantedLine
from shoplytics.ports.catalog.shelf import ShelfOffer


class CannotShip(Conflict):
    code = "cannot_ship"
    message = "A store does not ship to this address."


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where the parcel goes; `country` is ISO 3166-1 alpha-2."""

    country: str
    province: str = ""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """The chosen shipping rates by store, and the field of the body that names them."""

    rates: Mapping[UUID, UUID] = field(default_factory=dict)
    pointer: str = "/shipping"

    def of(self, store_id: UUID, rates: Collection[ShippingRate], store_name: str) -> UUID | None:
        """The choice for a store with these rates. Raises Invalid for another's, and for one that is none."""
        choice = self.rates.get(store_id)
        if choice is not None and choice not in {rate.id for rate in rates}:
            raise self.unknown(store_name)
        return choice

    def unknown(self, store_name: str) -> Invalid:
        return invalid_field(self.pointer, "unknown_rate", f"{store_name} does not offer this rate here.")


@dataclass(frozen=True, kw_only=True)
class QuotedLine:
    wanted: WantedLine
    offer: ShelfOffer


@dataclass(frozen=True, kw_only=True)
class StoreQuote:
    """One store's part; `lines` stand in the order of `priced.lines`. `chosen` is one of the `options`."""

    store_id: UUID
    store_name: str
    lines: tuple[QuotedLine, ...]
    priced: Priced
    options: tuple[ShippingRate, ...] = ()
    chosen: ShippingRate | None = None


UNUSABLE = frozenset({"unknown_code", "not_started", "ended", "used_up"})
"""Reasons of a code that hold whatever is in the cart."""


@dataclass(frozen=True, kw_only=True)
class UnusedCode:
    """`reason`: unknown_code, not_started, ended, used_up, not_reached, better_discount."""

    code: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Quote:
    """Stores in the order of their first lines."""

    stores: tuple[StoreQuote, ...]
    unused: tuple[UnusedCode, ...]

    @property
    def total(self) -> int:
        return sum(store.priced.total for store in self.stores)


def quote(
    lines: Sequence[QuotedLine],
    books: Mapping[UUID, PriceBook],
    *,
    codes: Sequence[str],
    destination: Destination | None,
    choices: Choices,
    now: datetime,
) -> Quote:
    """Every line has a price. Without a destination there is no shipping and no tax yet.

    Raises CannotShip; Invalid for a choice that is none of its store's options.
    """
    by_store: dict[UUID, list[QuotedLine]] = {}
    for line in lines:
        by_store.setdefault(line.offer.store_id, []).append(line)
    stores = []
    for store_id, own in by_store.items():
        book = books.get(store_id, PriceBook())
        running = [one for one in book.discounts if one.runs(now) and one.left != 0]
        stores.append(_of_store(own, replace(book, discounts=tuple(running)), destination, choices))
    if choices.rates.keys() - by_store.keys():
        msg = "The cart has nothing of one of these stores."
        raise invalid_field(choices.pointer, "unknown_store", msg)
    unused = (_unused(code, stores, books, now) for code in codes)
    return Quote(stores=tuple(stores), unused=tuple(one for one in unused if one is not None))


def _of_store(
    own: Sequence[QuotedLine], book: PriceBook, destination: Destination | None, choices: Choices
) -> StoreQuote:
    lines = [cart_line(line) for line in own]
    store = own[0].offer
    choice = choices.of(store.store_id, book.shipping, store.store_name)
    options: list[ShippingRate] = []
    chosen: ShippingRate | None = None
    taxes: list[TaxRate] = []
    if destination is not None:
        goods = price(lines, discounts=book.discounts).subtotal
        country, province = destination.country, destination.province
        taxes = tax_rates_at(book.taxes, country=country, province=province)
        if any(line.requires_shipping for line in lines) and book.shipping:
            options = shipping_options(book.shipping, country=country, province=province, goods=goods)
            chosen = _chosen(options, choice, store)
            if chosen is None:
                raise choices.unknown(store.store_name)
    return StoreQuote(
        store_id=store.store_id,
        store_name=store.store_name,
        lines=tuple(own),
        priced=price(lines, discounts=book.discounts, shipping=chosen, taxes=taxes),
        options=tuple(options),
        chosen=chosen,
    )


def cart_line(line: QuotedLine) -> CartLine:
    price_now = line.offer.price
    return CartLine(
        offer_id=line.offer.offer_id,
        product_id=line.offer.product_id,
        quantity=line.wanted.quantity,
        unit_price=price_now.minor if price_now is not None else 0,
        categories=line.offer.categories,
    )


def _chosen(options: Sequence[ShippingRate], choice: UUID | None, offer: ShelfOffer) -> ShippingRate | None:
    """The cheapest unless chosen; None when the chosen one is not for this address.

    A store with rates, none of them for this address, does not ship there.
    """
    if not options:
        msg = f"{offer.store_name} does not ship to this address."
        raise CannotShip(msg, extra={"store_id": str(offer.store_id)})
    if choice is None:
        return options[0]
    return next((option for option in options if option.id == choice), None)


def _unused(
    code: str, stores: Sequence[StoreQuote], books: Mapping[UUID, PriceBook], now: datetime
) -> UnusedCode | None:
    """Why a code takes nothing off; None when it does, in one store at least."""
    used = {given.discount.id for store in stores for given in store.priced.discounts}
    reasons = []
    for store in stores:
        for discount in books.get(store.store_id, PriceBook()).discounts:
            if discount.code is not None and discount.code.lower() == code.lower():
                if discount.id in used:
                    return None
                reasons.append(_reason(discount, store, now))
    return UnusedCode(code=code, reason=reasons[0] if reasons else "unknown_code")


def _reason(discount: Discount, store: StoreQuote, now: datetime) -> str:
    if not discount.active:
        return "unknown_code"
    if discount.starts_at is not None and now < discount.starts_at:
        return "not_started"
    if not discount.runs(now):
        return "ended"
    if discount.left == 0:
        return "used_up"
    reached = discount.reached([line.line for line in store.priced.lines])
    return "better_discount" if reached else "not_reached"
