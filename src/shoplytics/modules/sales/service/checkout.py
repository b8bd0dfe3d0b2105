"""Checkout: a cart becomes orders, in one transaction.

Locks, in this order wherever orders change: cart, orders, discounts, offers, customers, the stores' numbers.
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TypeAlias
from uuid import UUID

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.emails import normal_email
from shoplytics.kernel.errors import Conflict, invalid_field
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.money import Money
from shoplytics.modules.sales.domain import EmptyCart, NotSoldHere, OutOfStock, token_hash
from shoplytics.modules.sales.ports import (
    BoughtOrders,
    Buyer,
    NewCheckout,
    NewOrder,
    OrderPlacing,
    PriceBooks,
    StoredCart,
)
from shoplytics.modules.sales.schemas import CheckoutForm
from shoplytics.modules.sales.service.addresses import delivery_address
from shoplytics.modules.sales.service.cart_opening import CartOpening
from shoplytics.modules.sales.service.moving import facts_event
from shoplytics.modules.sales.service.order_tokens import OrderTokens
from shoplytics.modules.sales.service.placing import new_order, uses_of
from shoplytics.modules.sales.service.quotes import all_sold, choices_of, unsold
from shoplytics.modules.sales.service.quoting import UNUSABLE, Choices, Destination, Quote, QuotedLine, quote
from shoplytics.modules.sales.service.settlement import Settlement, stock_lines
from shoplytics.modules.sales.service.shoppers import Shopper, shopper_names
from shoplytics.ports.catalog.shelf import Shelf
from shoplytics.ports.catalog.stock import ShortOffer, StockKeeper
from shoplytics.ports.identity import AddressBook, Users
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.sales import CheckoutView, DeliveryAddress, OrderPlaced
from shoplytics.ports.tenancy import OpenStores


class PriceChanged(Conflict):
    code = "price_changed"
    message = "Prices have changed since you saw them: look at them, and order again."


class DiscountUsedUp(Conflict):
    code = "discount_used_up"
    message = "A discount cannot be used any more: look at the prices, and order again."


Agreement: TypeAlias = Callable[[StoredCart, Quote, Sequence[QuotedLine]], None]
"""Raises what keeps whoever orders from wanting it at that."""


class CheckoutService:
    def __init__(
        self,
        *,
        opening: CartOpening,
        shelf: Shelf,
        stores: OpenStores,
        books: PriceBooks,
        placing: OrderPlacing,
        bought: BoughtOrders,
        settlement: Settlement,
        stock: StockKeeper,
        addresses: AddressBook,
        users: Users,
        tokens: OrderTokens,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._opening = opening
        self._shelf = shelf
        self._stores = stores
        self._books = books
        self._placing = placing
        self._bought = bought
        self._settlement = settlement
        self._stock = stock
        self._addresses = addresses
        self._users = users
        self._tokens = tokens
        self._outbox = outbox
        self._clock = clock

    async def place(self, shopper: Shopper, form: CheckoutForm, *, actor: Actor) -> CheckoutView:
        """Raises EmptyCart, NotSoldHere, CannotShip, PriceChanged, OutOfStock, DiscountUsedUp, Invalid."""
        choices = choices_of(form.shipping)
        to, bill_to = await self._where(shopper, form)
        buyer = await self._buyer(shopper, form, to)
        cart = (await self._opening.open(shopper, lock=True)).cart
        if cart is None:
            raise EmptyCart
        return await self.order(
            cart,
            buyer=buyer,
            to=to,
            bill_to=bill_to,
            note=form.note,
            choices=choices,
            agreed=partial(_agreed, expected=form.expected_total),
            actor=actor,
        )

    async def order(
        self,
        cart: StoredCart,
        *,
        buyer: Buyer,
        to: DeliveryAddress,
        bill_to: DeliveryAddress,
        note: str,
        choices: Choices,
        agreed: Agreement,
        actor: Actor,
    ) -> CheckoutView:
        """What is in the cart, which need not be kept anywhere. Raises what `place` and `agreed` do."""
        if cart.currency is None:
            raise EmptyCart
        found, lines = await self._priced(cart, buyer, to, choices)
        agreed(cart, found, lines)
        checkout = NewCheckout(
            id=(checkout_id := new_id()),
            buyer=buyer,
            token_hash=token_hash(self._tokens.of(checkout_id)) or b"",
            currency=cart.currency,
            total=found.total,
            cart_id=cart.id,
            shipping_address=to,
            billing_address=bill_to,
            note=note.strip(),
        )
        orders = [
            new_order(
                store,
                checkout_id=checkout_id,
                buyer=buyer,
                currency=cart.currency,
                session_id=cart.session_of(store.store_id),
                now=self._clock(),
            )
            for store in found.stores
        ]
        await self._take(orders, buyer, lines)
        return await self._write(checkout, orders, actor)

    async def _where(self, shopper: Shopper, form: CheckoutForm) -> tuple[DeliveryAddress, DeliveryAddress]:
        user_id, book = shopper.user_id, self._addresses
        to = await delivery_address(
            form.shipping_address, pointer="/shipping_address", user_id=user_id, book=book
        )
        if form.billing_address is None:
            return to, to
        return to, await delivery_address(
            form.billing_address, pointer="/billing_address", user_id=user_id, book=book
        )

    async def _buyer(self, shopper: Shopper, form: CheckoutForm, to: DeliveryAddress) -> Buyer:
        given = normal_email(form.email) if form.email is not None else None
        email, proved = given, False
        if shopper.user_id is not None:
            card = await self._users.card(shopper.user_id)
            email = given or card.email
            proved = card.email_verified and email == card.email
        if email is None:
            raise invalid_field("/email", "required", "Say where to send the confirmation.")
        return Buyer(
            user_id=shopper.user_id, email=email, proved=proved, name=to.name, phone=to.phone or None
        )

    async def _priced(
        self, cart: StoredCart, buyer: Buyer, to: DeliveryAddress, choices: Choices
    ) -> tuple[Quote, Sequence[QuotedLine]]:
        lines = all_sold(cart, await self._shelf.offers([line.offer_id for line in cart.lines]))
        store_ids = list(dict.fromkeys(line.offer.store_id for line in lines))
        _all_open(lines, await self._stores.among(store_ids))
        books = await self._books.books(
            store_ids=store_ids,
            codes=cart.codes,
            shoppers=shopper_names(user_id=buyer.user_id, email=buyer.email),
        )
        found = quote(
            lines,
            books,
            codes=cart.codes,
            destination=Destination(country=to.country, province=to.province),
            choices=choices,
            now=self._clock(),
        )
        return found, lines

    async def _take(self, orders: list[NewOrder], buyer: Buyer, lines: Sequence[QuotedLine]) -> None:
        """The discounts' uses and the stock, all or nothing. Raises DiscountUsedUp, OutOfStock."""
        uses = uses_of(orders)
        names = shopper_names(user_id=buyer.user_id, email=buyer.email)
        used = await self._placing.use_discounts(uses, shoppers=names, now=self._clock())
        lost = [given for order in orders for given in order.discounts if given.id not in used]
        if lost:
            told = [{"id": str(one.id), "title": one.title, "code": one.code} for one in lost]
            raise DiscountUsedUp(extra={"discounts": told})
        short = await self._stock.reserve({order.state.id: stock_lines(order.state) for order in orders})
        if short:
            raise OutOfStock(
                "There is not enough of what is in the cart.", extra={"lines": _told(short, lines)}
            )

    async def _write(self, checkout: NewCheckout, orders: list[NewOrder], actor: Actor) -> CheckoutView:
        made = await self._placing.place(checkout, orders, actor=actor.label)
        placed = [one.state for one in made]
        events = [
            OrderPlaced(store_id=order.store_id, order_id=order.id, checkout_id=checkout.id)
            for order in placed
        ]
        await self._outbox.add(*events, *facts_event(placed))
        views = [one.view for one in made]
        free = [order for order in placed if order.total == 0]
        if free:
            await self._settlement.pay(free, detail={}, actor=actor)
            views = await self._bought.of_checkout(checkout.id)
        return CheckoutView(
            checkout_id=checkout.id,
            orders=views,
            total=Money(checkout.total, checkout.currency),
            held_until=placed[0].held_until or placed[0].placed_at,
            expires_at=placed[0].expires_at or placed[0].placed_at,
            order_token=self._tokens.of(checkout.id),
        )


def _all_open(lines: Sequence[QuotedLine], selling: Collection[UUID]) -> None:
    """The shelf hears of a store that closes a moment later. Raises NotSoldHere."""
    closed = [line for line in lines if line.offer.store_id not in selling]
    if closed:
        raise NotSoldHere(
            "Some of what is in the cart is not for sale (any more).",
            extra={"lines": [unsold(line.wanted, line.offer.title, "not_sold") for line in closed]},
        )


def _agreed(cart: StoredCart, found: Quote, lines: Sequence[QuotedLine], *, expected: Money | None) -> None:
    """A total that the shopper expects decides; without one, the prices seen last and the codes in the cart.

    Raises PriceChanged, DiscountUsedUp.
    """
    currency = cart.currency or ""
    total = Money(found.total, currency)
    changed = [
        {
            "id": str(line.wanted.id),
            "offer_id": str(line.offer.offer_id),
            "was": Money(line.wanted.unit_price, currency),
            "now": line.offer.price,
        }
        for line in lines
        if line.offer.price is not None and line.offer.price.minor != line.wanted.unit_price
    ]
    if (changed and expected is None) or (expected is not None and expected != total):
        raise PriceChanged(extra={"total": total, "expected_total": expected, "lines": changed})
    lost = [one for one in found.unused if one.reason in UNUSABLE]
    if lost and expected is None:
        told = [{"code": one.code, "reason": one.reason} for one in lost]
        raise DiscountUsedUp(extra={"codes": told, "total": total})


def _told(short: Sequence[ShortOffer], lines: Sequence[QuotedLine]) -> list[dict[str, object]]:
    ids = {line.offer.offer_id: line for line in lines}
    return [
        {
            "id": str(ids[one.offer_id].wanted.id),
            "offer_id": str(one.offer_id),
            "title": ids[one.offer_id].offer.title,
            "wanted": one.wanted,
            "available": max(0, one.available),
        }
        for one in short
    ]
