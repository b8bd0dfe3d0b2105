"""Whose cart it is, and how a guest's becomes part of a user's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.domain import MOST_CODES, MOST_LINES, joined
from shoplytics.modules.sales.ports import CartOwner, CartRepository, CartRow, StoredCart
from shoplytics.modules.sales.service.shoppers import Shopper
from shoplytics.ports.catalog.shelf import Shelf, ShelfOffer
from shoplytics.ports.sales import NotTakenView


@dataclass(frozen=True, kw_only=True)
class Opened:
    """`not_taken` are lines of the guest's cart that could not be put into the user's."""

    cart: StoredCart | None
    not_taken: tuple[NotTakenView, ...] = ()


class CartOpening:
    """The one door to a shopper's cart. A guest's cart that a signed-in user brings is merged on the spot."""

    def __init__(self, *, carts: CartRepository, shelf: Shelf, clock: Clock) -> None:
        self._carts = carts
        self._shelf = shelf
        self._clock = clock

    async def open(self, shopper: Shopper, *, lock: bool = False) -> Opened:
        """With `lock` to change it; see CartRepository."""
        guest = shopper.comes_with
        if guest is not None:
            brought = await self._carts.open(guest)
            if brought is not None:
                return await self._merged(shopper, guest)
        return Opened(cart=await self._carts.open(shopper.owner, lock=lock))

    async def _merged(self, shopper: Shopper, guest: CartOwner) -> Opened:
        own = await self._carts.open(shopper.owner, lock=True) or await self._carts.create(shopper.owner)
        brought = await self._carts.open(guest, lock=True)
        if brought is None:  # another request of theirs has just done it
            return Opened(cart=await self._carts.open(shopper.owner, lock=True))
        if brought.lines and own.currency not in {None, brought.currency}:
            return Opened(cart=own, not_taken=_told(brought.lines, "currency_mismatch"))
        lines = await self._joined(own, brought)
        room = MOST_LINES - len(own.lines)
        known = {line.offer_id for line in own.lines}
        new = [line for line in lines if line.offer_id not in known]
        taken = [line for line in lines if line.offer_id in known] + new[:room]
        now = self._clock()
        if taken:
            currency = own.currency or brought.currency or ""
            await self._carts.put_lines(cart_id=own.id, currency=currency, lines=taken, now=now)
        codes = _codes(own, brought)
        if codes != own.codes:
            await self._carts.set_codes(cart_id=own.id, codes=codes, now=now)
        await self._carts.absorb(cart_id=own.id, guest_id=brought.id)
        cart = await self._carts.open(shopper.owner, lock=True)
        return Opened(cart=cart, not_taken=_told(new[room:], "too_many_lines"))

    async def _joined(self, own: StoredCart, brought: StoredCart) -> list[CartRow]:
        offers = await self._shelf.offers([line.offer_id for line in brought.lines])
        had = {line.offer_id: line for line in own.lines}
        return [_line(had.get(line.offer_id), line, offers) for line in brought.lines]


def _line(had: CartRow | None, line: CartRow, offers: Mapping[UUID, ShelfOffer]) -> CartRow:
    offer = offers.get(line.offer_id)
    available = offer.available if offer is not None and offer.sold else 0
    own = had.quantity if had is not None else 0
    quantity = joined(own, line.quantity, available)
    # The guest's cart is what the shopper looked at last.
    return msgspec.structs.replace(line, id=new_id(), quantity=quantity)


def _codes(own: StoredCart, brought: StoredCart) -> tuple[str, ...]:
    found = {code.lower(): code for code in (*brought.codes, *own.codes)}
    ordered = dict.fromkeys(code.lower() for code in (*own.codes, *brought.codes))
    return tuple(found[code] for code in ordered)[:MOST_CODES]


def _told(lines: Sequence[CartRow], reason: str) -> tuple[NotTakenView, ...]:
    return tuple(
        NotTakenView(
            variant_id=line.variant_id,
            offer_id=line.offer_id,
            title=line.title,
            quantity=line.quantity,
            reason=reason,
        )
        for line in lines
    )
