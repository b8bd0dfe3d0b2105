"""Carts: what a shopper does with one. Every answer is the whole cart at today's prices."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import msgspec

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.emails import normal_email
from shoplytics.kernel.errors import NotFound, invalid_field
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.money import Money
from shoplytics.modules.sales.domain import (
    MOST_CODES,
    MOST_LINES,
    MOST_PIECES,
    CurrencyMismatch,
    EmptyCart,
    NotSoldHere,
    OutOfStock,
    new_token,
    token_hash,
)
from shoplytics.modules.sales.ports import CartOwner, CartRepository, CartRow, PriceBooks, StoredCart
from shoplytics.modules.sales.service.cart_opening import CartOpening, Opened
from shoplytics.modules.sales.service.cart_views import discount_views, line_view, sellable, unused_views
from shoplytics.modules.sales.service.quoting import Choices, Quote, UnusedCode, quote
from shoplytics.modules.sales.service.shoppers import Shopper, shopper_names
from shoplytics.ports.catalog.shelf import Shelf, ShelfOffer
from shoplytics.ports.edge import Client
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.sales import CartBegun, CartView
from shoplytics.ports.tracking import VisitSessions


class UnknownCode(NotFound):
    code = "unknown_code"
    message = "None of the stores in the cart has such a code."


class CartService:
    def __init__(
        self,
        *,
        carts: CartRepository,
        opening: CartOpening,
        shelf: Shelf,
        books: PriceBooks,
        visits: VisitSessions,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._carts = carts
        self._visits = visits
        self._outbox = outbox
        self._opening = opening
        self._shelf = shelf
        self._books = books
        self._clock = clock

    async def cart(self, shopper: Shopper) -> CartView:
        """Empty where there is none."""
        return await self._view(await self._opening.open(shopper))

    async def add(
        self, shopper: Shopper, *, variant_id: UUID, quantity: int, store_id: UUID | None, client: Client
    ) -> CartView:
        """The best offer, unless a store is named; what is in the cart already adds up.

        The first goods of a store are known by the visit that `client` is on there.

        Raises NotFound, NotSoldHere, CurrencyMismatch, OutOfStock, Invalid.
        """
        opened = await self._opening.open(shopper, lock=True)
        offer = await self._shelf.best(variant_id=variant_id, store_id=store_id)
        if offer is None or not offer.visible:
            raise NotFound
        price = _price(offer)
        cart = opened.cart
        if cart is not None and cart.currency not in {None, price.currency}:
            raise CurrencyMismatch(extra={"cart_currency": cart.currency, "currency": price.currency})
        lines = cart.lines if cart is not None else ()
        known = next((line for line in lines if line.offer_id == offer.offer_id), None)
        if known is None and len(lines) >= MOST_LINES:
            raise invalid_field("/variant_id", "too_many_lines", f"A cart holds {MOST_LINES} lines.")
        pieces = quantity + (known.quantity if known is not None else 0)
        _expect(offer, pieces)
        line_id = known.id if known is not None else new_id()
        row = await self._visited(cart, _row(offer, price, pieces, line_id), client)
        if cart is not None:
            changed, token = await self._put(cart, row, price.currency), None
        else:
            begun = await self._begin(shopper, row, price.currency)
            if begun is None:  # another request of theirs made one: look again
                return await self.add(
                    shopper, variant_id=variant_id, quantity=quantity, store_id=store_id, client=client
                )
            changed, token = begun
        if all(line.store_id != row.store_id for line in lines):
            told = CartBegun(store_id=row.store_id, cart_id=changed.id, session_id=row.session_id)
            await self._outbox.add(told)
        view = await self._view(replace(opened, cart=changed), {offer.offer_id: offer})
        view.token = token
        return view

    async def change(self, shopper: Shopper, *, line_id: UUID, quantity: int) -> CartView:
        """Raises NotFound, NotSoldHere, OutOfStock. Fewer pieces are right even if still too many."""
        opened = await self._opening.open(shopper, lock=True)
        cart, line = _line_of(opened, line_id)
        offers = await self._shelf.offers([one.offer_id for one in cart.lines])
        offer = offers.get(line.offer_id)
        if offer is None or not offer.visible:
            raise NotSoldHere
        price = _price(offer)
        if quantity > line.quantity:
            _expect(offer, quantity)
        row = _row(offer, price, quantity, line.id)
        changed = await self._put(cart, row, cart.currency or price.currency)
        return await self._view(replace(opened, cart=changed), offers)

    async def remove(self, shopper: Shopper, *, line_id: UUID) -> CartView:
        """Raises NotFound."""
        opened = await self._opening.open(shopper, lock=True)
        cart, line = _line_of(opened, line_id)
        now = self._clock()
        await self._carts.remove_line(cart_id=cart.id, line_id=line.id, now=now)
        left = tuple(one for one in cart.lines if one.id != line.id)
        currency = cart.currency if left else None
        changed = msgspec.structs.replace(cart, lines=left, currency=currency, updated_at=now)
        return await self._view(replace(opened, cart=changed))

    async def clear(self, shopper: Shopper) -> CartView:
        """Lines and codes; the cart stays its owner's."""
        opened = await self._opening.open(shopper, lock=True)
        if opened.cart is None:
            return await self._view(opened)
        now = self._clock()
        await self._carts.clear(cart_id=opened.cart.id, now=now)
        changed = msgspec.structs.replace(opened.cart, lines=(), codes=(), currency=None, updated_at=now)
        return await self._view(replace(opened, cart=changed))

    async def use_code(self, shopper: Shopper, *, code: str) -> CartView:
        """A code that takes nothing off now is kept, and the answer says why.

        Raises EmptyCart; UnknownCode, whichever other stores know it; Invalid for one too many.
        """
        opened = await self._opening.open(shopper, lock=True)
        cart = opened.cart
        if cart is None or not cart.lines:
            raise EmptyCart
        wanted = code.strip().lower()
        if wanted in {one.lower() for one in cart.codes}:
            return await self._view(opened)
        if len(cart.codes) >= MOST_CODES:
            raise invalid_field("/code", "too_many_codes", f"A cart holds {MOST_CODES} codes.")
        stores = list({line.store_id for line in cart.lines})
        books = await self._books.books(store_ids=stores, codes=[wanted], shoppers=[])
        found = {
            one.code
            for book in books.values()
            for one in book.discounts
            if one.active and one.code is not None and one.code.lower() == wanted
        }
        if not found:
            raise UnknownCode
        return await self._with_codes(opened, cart, (*cart.codes, min(found)))

    async def drop_code(self, shopper: Shopper, *, code: str | None) -> CartView:
        """Raises NotFound when the cart does not have it, Invalid when none is named."""
        if code is None:
            raise invalid_field("?code", "required", "Name the code.")
        opened = await self._opening.open(shopper, lock=True)
        cart = opened.cart
        wanted = code.strip().lower()
        if cart is None or wanted not in {one.lower() for one in cart.codes}:
            raise NotFound
        return await self._with_codes(opened, cart, tuple(one for one in cart.codes if one.lower() != wanted))

    async def remind(self, shopper: Shopper, *, email: str | None) -> CartView:
        """Where its owner wants to be reminded of it once; None: nowhere. Raises NotFound, Invalid."""
        opened = await self._opening.open(shopper, lock=True)
        if opened.cart is None:
            raise NotFound
        address = None if email is None else normal_email(email)
        now = self._clock()
        await self._carts.set_email(cart_id=opened.cart.id, email=address, now=now)
        changed = msgspec.structs.replace(opened.cart, email=address, updated_at=now)
        return await self._view(replace(opened, cart=changed))

    async def _with_codes(self, opened: Opened, cart: StoredCart, codes: tuple[str, ...]) -> CartView:
        now = self._clock()
        await self._carts.set_codes(cart_id=cart.id, codes=codes, now=now)
        changed = msgspec.structs.replace(cart, codes=codes, updated_at=now)
        return await self._view(replace(opened, cart=changed))

    async def _visited(self, cart: StoredCart | None, row: CartRow, client: Client) -> CartRow:
        """With the session of the store's first line; that one's is asked for."""
        if cart is not None and any(line.store_id == row.store_id for line in cart.lines):
            return msgspec.structs.replace(row, session_id=cart.session_of(row.store_id))
        session_id = await self._visits.open_session(store_id=row.store_id, client=client, now=self._clock())
        return msgspec.structs.replace(row, session_id=session_id)

    async def _begin(
        self, shopper: Shopper, row: CartRow, currency: str
    ) -> tuple[StoredCart, str | None] | None:
        """A guest's with its token; None for a user who has one."""
        token = None if shopper.user_id is not None else new_token()
        cart = StoredCart(
            id=new_id(),
            user_id=shopper.user_id,
            currency=currency,
            email=None,
            codes=(),
            updated_at=self._clock(),
            lines=(row,),
        )
        owner = CartOwner(user_id=shopper.user_id, token_hash=token_hash(token))
        return (cart, token) if await self._carts.begin(cart, owner) else None

    async def _put(self, cart: StoredCart, row: CartRow, currency: str) -> StoredCart:
        now = self._clock()
        await self._carts.put_lines(cart_id=cart.id, currency=currency, lines=[row], now=now)
        others = {line.id: line for line in cart.lines} | {row.id: row}
        return msgspec.structs.replace(cart, lines=tuple(others.values()), currency=currency, updated_at=now)

    async def _view(self, opened: Opened, offers: Mapping[UUID, ShelfOffer] | None = None) -> CartView:
        """`offers` are those that are known already."""
        cart = opened.cart
        if cart is None:
            return _empty(opened)
        known = dict(offers or {})
        missing = [line.offer_id for line in cart.lines if line.offer_id not in known]
        known |= await self._shelf.offers(missing)
        return _view_of(opened, cart, known, await self._quote(cart, known))

    async def _quote(self, cart: StoredCart, offers: Mapping[UUID, ShelfOffer]) -> Quote:
        lines = list(sellable(cart.lines, offers, cart.currency or ""))
        if not lines:
            return Quote(
                stores=(), unused=tuple(UnusedCode(code=c, reason="not_reached") for c in cart.codes)
            )
        books = await self._books.books(
            store_ids=list(dict.fromkeys(line.offer.store_id for line in lines)),
            codes=cart.codes,
            shoppers=shopper_names(user_id=cart.user_id, email=cart.email),
        )
        return quote(lines, books, codes=cart.codes, destination=None, choices=Choices(), now=self._clock())


def _price(offer: ShelfOffer) -> Money:
    """Raises NotSoldHere, saying where else when that is known."""
    if not offer.sold or offer.price is None:
        raise NotSoldHere(extra={"store_id": str(offer.store_id), "elsewhere": offer.elsewhere})
    return offer.price


def _expect(offer: ShelfOffer, pieces: int) -> None:
    """Raises Invalid, OutOfStock."""
    if pieces > MOST_PIECES:
        raise invalid_field("/quantity", "too_many", f"A line holds {MOST_PIECES} pieces.")
    if pieces > offer.available:
        raise OutOfStock(
            extra={
                "offer_id": str(offer.offer_id),
                "wanted": pieces,
                "available": max(0, offer.available),
            }
        )


def _row(offer: ShelfOffer, price: Money, pieces: int, line_id: UUID) -> CartRow:
    """The shopper sees today's price and title with the answer."""
    return CartRow(
        id=line_id,
        offer_id=offer.offer_id,
        quantity=pieces,
        unit_price=price.minor,
        store_id=offer.store_id,
        product_id=offer.product_id,
        variant_id=offer.variant_id,
        title=offer.title,
    )


def _line_of(opened: Opened, line_id: UUID) -> tuple[StoredCart, CartRow]:
    for line in opened.cart.lines if opened.cart is not None else ():
        if line.id == line_id and opened.cart is not None:
            return opened.cart, line
    raise NotFound


def _empty(opened: Opened) -> CartView:
    return CartView(
        id=None,
        currency=None,
        lines=[],
        codes=[],
        discounts=[],
        unused_codes=[],
        gross=None,
        discount=None,
        subtotal=None,
        quantity=0,
        email=None,
        updated_at=None,
        not_taken=list(opened.not_taken),
    )


def _view_of(opened: Opened, cart: StoredCart, offers: Mapping[UUID, ShelfOffer], found: Quote) -> CartView:
    currency = cart.currency
    priced = {
        line.wanted.id: part
        for store in found.stores
        for line, part in zip(store.lines, store.priced.lines, strict=True)
    }

    def money(parts: Sequence[int]) -> Money | None:
        return None if currency is None else Money(sum(parts), currency)

    stores = [store.priced for store in found.stores]
    return CartView(
        id=cart.id,
        currency=currency,
        lines=[
            line_view(line, offers.get(line.offer_id), priced.get(line.id), currency or "")
            for line in cart.lines
        ],
        codes=list(cart.codes),
        discounts=[one for store in found.stores for one in discount_views(store, currency or "")],
        unused_codes=unused_views(found.unused),
        gross=money([one.gross for one in stores]),
        discount=money([one.discount for one in stores]),
        subtotal=money([one.subtotal for one in stores]),
        quantity=sum(line.quantity for line in cart.lines),
        email=cart.email,
        updated_at=cart.updated_at,
        not_taken=list(opened.not_taken),
    )
