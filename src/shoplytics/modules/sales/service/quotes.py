"""What a cart would cost, sent to an address."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import invalid_field
from shoplytics.modules.sales.domain import EmptyCart, NotSoldHere
from shoplytics.modules.sales.ports import CartRepository, CartRow, PriceBooks, StoredCart, WantedLine
from shoplytics.modules.sales.schemas import AddressForm, ShippingChoice
from shoplytics.modules.sales.service.addresses import delivery_address
from shoplytics.modules.sales.service.cart_opening import CartOpening
from shoplytics.modules.sales.service.cart_views import counts, problem_of, quote_view, sellable
from shoplytics.modules.sales.service.quoting import Choices, Destination, QuotedLine, quote
from shoplytics.modules.sales.service.shoppers import Shopper, shopper_names
from shoplytics.ports.catalog.shelf import Shelf, ShelfOffer
from shoplytics.ports.identity import AddressBook
from shoplytics.ports.sales import QuoteView


def choices_of(shipping: Sequence[ShippingChoice]) -> Choices:
    """The chosen rate by store. Raises Invalid for two of one store."""
    chosen = {choice.store_id: choice.rate_id for choice in shipping}
    if len(chosen) != len(shipping):
        raise invalid_field("/shipping", "duplicate", "Choose one rate a store.")
    return Choices(rates=chosen)


def unsold(line: WantedLine, title: str, problem: str | None) -> dict[str, object]:
    """How a refusal tells of it."""
    return {"id": str(line.id), "offer_id": str(line.offer_id), "title": title, "problem": problem}


def all_sold(cart: StoredCart, offers: Mapping[UUID, ShelfOffer]) -> list[QuotedLine]:
    """Raises EmptyCart, and NotSoldHere with the lines that have no price today."""
    if not cart.lines or cart.currency is None:
        raise EmptyCart
    told = [
        unsold(line, line.title, problem)
        for line in cart.lines
        if not counts(problem := problem_of(line, offers.get(line.offer_id), cart.currency))
    ]
    if told:
        raise NotSoldHere("Some of what is in the cart is not for sale (any more).", extra={"lines": told})
    return list(sellable(cart.lines, offers, cart.currency))


class QuoteService:
    def __init__(
        self,
        *,
        carts: CartRepository,
        opening: CartOpening,
        shelf: Shelf,
        books: PriceBooks,
        addresses: AddressBook,
        clock: Clock,
    ) -> None:
        self._carts = carts
        self._opening = opening
        self._shelf = shelf
        self._books = books
        self._addresses = addresses
        self._clock = clock

    async def quote(
        self, shopper: Shopper, *, address: AddressForm, shipping: Sequence[ShippingChoice]
    ) -> QuoteView:
        """With it the shopper has seen today's prices, which checkout then compares with.

        Raises EmptyCart, NotSoldHere, CannotShip, Invalid.
        """
        choices = choices_of(shipping)
        to = await delivery_address(
            address, pointer="/shipping_address", user_id=shopper.user_id, book=self._addresses
        )
        cart = (await self._opening.open(shopper)).cart
        if cart is None or cart.currency is None:
            raise EmptyCart
        lines = all_sold(cart, await self._shelf.offers([line.offer_id for line in cart.lines]))
        books = await self._books.books(
            store_ids=list(dict.fromkeys(line.offer.store_id for line in lines)),
            codes=cart.codes,
            shoppers=shopper_names(user_id=cart.user_id, email=cart.email),
        )
        found = quote(
            lines,
            books,
            codes=cart.codes,
            destination=Destination(country=to.country, province=to.province),
            choices=choices,
            now=self._clock(),
        )
        rows = {row.id: row for row in cart.lines}
        changed = [row for line in lines if (row := _today(rows[line.wanted.id], line.offer)) is not None]
        if changed:
            await self._carts.see_prices(cart_id=cart.id, lines=changed)
        return quote_view(found, rows, cart.currency)


def _today(row: CartRow, offer: ShelfOffer) -> CartRow | None:
    """As the shopper sees it now; None when that is as before."""
    price = offer.price.minor if offer.price is not None else row.unit_price
    if (row.unit_price, row.title) == (price, offer.title):
        return None
    return msgspec.structs.replace(row, unit_price=price, title=offer.title)
