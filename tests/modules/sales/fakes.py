"""Carts, a shelf and price books kept in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from msgspec.structs import replace

from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.money import Money
from shoplytics.modules.sales.ports import CartOwner, CartRow, PriceBook, StoredCart
from shoplytics.ports.catalog.shelf import ShelfOffer


class FakeCarts:
    """See CartRepository in the module's ports; one after the other, so there is nothing to lock."""

    def __init__(self) -> None:
        self.kept: dict[UUID, StoredCart] = {}
        self.guests: dict[bytes, UUID] = {}

    async def open(self, owner: CartOwner, *, lock: bool = False) -> StoredCart | None:
        if owner.token_hash is not None:
            return self.kept.get(self.guests.get(owner.token_hash, UUID(int=0)))
        return next((cart for cart in self.kept.values() if cart.user_id == owner.user_id), None)

    async def create(self, owner: CartOwner) -> StoredCart:
        made = StoredCart(
            id=uuid4(),
            user_id=owner.user_id,
            currency=None,
            email=None,
            codes=(),
            updated_at=utc_now(),
            lines=(),
        )
        if owner.token_hash is not None:
            self.guests[owner.token_hash] = made.id
        self.kept[made.id] = made
        return made

    async def begin(self, cart: StoredCart, owner: CartOwner) -> bool:
        if owner.token_hash is not None:
            self.guests[owner.token_hash] = cart.id
        elif await self.open(owner) is not None:
            return False
        self.kept[cart.id] = cart
        return True

    async def put_lines(
        self, *, cart_id: UUID, currency: str, lines: Sequence[CartRow], now: datetime
    ) -> None:
        cart = self.kept[cart_id]
        known = {line.offer_id: line for line in cart.lines}
        for line in lines:
            old = known.get(line.offer_id)
            known[line.offer_id] = line if old is None else replace(line, id=old.id)
        self._change(cart, lines=tuple(known.values()), currency=currency, updated_at=now)

    async def remove_line(self, *, cart_id: UUID, line_id: UUID, now: datetime) -> None:
        cart = self.kept[cart_id]
        left = tuple(line for line in cart.lines if line.id != line_id)
        self._change(cart, lines=left, currency=cart.currency if left else None, updated_at=now)

    async def clear(self, *, cart_id: UUID, now: datetime) -> None:
        self._change(self.kept[cart_id], lines=(), codes=(), currency=None, updated_at=now)

    async def absorb(self, *, cart_id: UUID, guest_id: UUID) -> None:
        del self.kept[guest_id]

    async def set_codes(self, *, cart_id: UUID, codes: Sequence[str], now: datetime) -> None:
        self._change(self.kept[cart_id], codes=tuple(codes), updated_at=now)

    async def see_prices(self, *, cart_id: UUID, lines: Sequence[CartRow]) -> None:
        seen = {line.id: line for line in lines}
        cart = self.kept[cart_id]
        self._change(cart, lines=tuple(seen.get(line.id, line) for line in cart.lines))

    async def set_email(self, *, cart_id: UUID, email: str | None, now: datetime) -> None:
        self._change(self.kept[cart_id], email=email, updated_at=now)

    async def forget_user(self, user_id: UUID, *, email: str | None) -> None:
        self.kept = {key: cart for key, cart in self.kept.items() if cart.user_id != user_id}

    async def purge(self, *, before: datetime, limit: int) -> int:
        old = [key for key, cart in self.kept.items() if cart.user_id is None and cart.updated_at < before]
        for key in old[:limit]:
            del self.kept[key]
        return len(old[:limit])

    def _change(self, cart: StoredCart, **changed: object) -> None:
        self.kept[cart.id] = replace(cart, **changed)


class FakeShelf:
    """See ports/catalog/shelf.py."""

    def __init__(self, *offers: ShelfOffer) -> None:
        self.kept = {offer.offer_id: offer for offer in offers}

    async def offers(self, offer_ids: Sequence[UUID]) -> Mapping[UUID, ShelfOffer]:
        return {key: self.kept[key] for key in offer_ids if key in self.kept}

    async def best(self, *, variant_id: UUID, store_id: UUID | None) -> ShelfOffer | None:
        wanted = (o for o in self.kept.values() if o.variant_id == variant_id)
        return next((o for o in wanted if store_id in {None, o.store_id}), None)


class FakeBooks:
    """See PriceBooks in the module's ports."""

    def __init__(self, **books: PriceBook) -> None:
        self.kept = {UUID(store): book for store, book in books.items()}

    async def books(
        self, *, store_ids: Sequence[UUID], codes: Sequence[str], shoppers: Sequence[bytes]
    ) -> Mapping[UUID, PriceBook]:
        return {store: self.kept.get(store, PriceBook()) for store in store_ids}


class NoReminders:
    """Nobody is written to."""

    async def send(self, now: datetime) -> None:
        pass


def on_shelf(
    *,
    price: int | None = 500,
    currency: str = "GBP",
    available: int = 10,
    store_id: UUID | None = None,
    **other: object,
) -> ShelfOffer:
    known: dict[str, object] = {
        "offer_id": uuid4(),
        "store_id": store_id or uuid4(),
        "store_name": "A shop",
        "product_id": uuid4(),
        "variant_id": uuid4(),
        "title": "Tea cup",
        "variant_title": "",
        "sku": None,
        "image_url": None,
        "price": None if price is None else Money(price, currency),
        "available": available,
        "sold": True,
        "mirrored": False,
        "elsewhere": None,
        "categories": frozenset(),
    }
    return ShelfOffer(**(known | other))  # type: ignore[arg-type]
