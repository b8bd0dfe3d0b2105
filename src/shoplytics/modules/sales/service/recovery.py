"""Carts left behind: one reminder to who can be written to, the way back, and the store's list of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound, Unauthenticated, invalid_field
from shoplytics.kernel.paging import Page, decode_cursor, encode_cursor, page_of
from shoplytics.modules.sales.domain import new_token, token_hash
from shoplytics.modules.sales.domain.letters import CartReminderLetter
from shoplytics.modules.sales.ports import AbandonedCarts, CartReminderRecords, CartRepository, LeftCart
from shoplytics.modules.sales.service.cart_views import problem_of
from shoplytics.modules.sales.service.carts import CartService
from shoplytics.modules.sales.service.shoppers import Shopper
from shoplytics.ports.catalog.shelf import Shelf
from shoplytics.ports.identity import Users
from shoplytics.ports.mails import Mails
from shoplytics.ports.sales import AbandonedCartView, CartView
from shoplytics.ports.tenancy import StoreDirectory

LEFT_AFTER = timedelta(hours=1)
TOO_LATE = timedelta(days=7)
LINK_LIVES = timedelta(days=30)
A_DAY = timedelta(days=1)
MAILS_A_DAY = 3
AT_ONCE = 200
NAMED = 20
CURSOR = "-updated_at"


class CartReminders:
    """In a worker. Guests are written to where they left an address with their cart to be reminded, users at
    their account's proved address, unless they switched such mails off.
    """

    def __init__(
        self,
        *,
        records: CartReminderRecords,
        shelf: Shelf,
        stores: StoreDirectory,
        users: Users,
        mails: Mails,
        public_url: str,
    ) -> None:
        self._records = records
        self._shelf = shelf
        self._stores = stores
        self._users = users
        self._mails = mails
        self._link = f"{public_url.rstrip('/')}/cart"

    async def send(self, now: datetime) -> None:
        """One a cart and store, of what can be bought still; three a day at most to one address."""
        found = await self._records.left(since=now - TOO_LATE, until=now - LEFT_AFTER, limit=AT_ONCE)
        for left in found:
            address = left.email or await self._of_account(left.user_id)
            pieces = await self._pieces(left)
            if address is None or not pieces:
                continue
            if await self._records.mailed(email=address, since=now - A_DAY) < MAILS_A_DAY:
                await self._remind(left, address, pieces, now)

    async def _of_account(self, user_id: UUID | None) -> str | None:
        if user_id is None:
            return None
        try:
            card = await self._users.card(user_id)
        except NotFound:
            return None
        return card.email if card.email_verified else None

    async def _pieces(self, left: LeftCart) -> Sequence[str]:
        offers = await self._shelf.offers([line.offer_id for line in left.lines])
        return [
            f"{line.quantity} x {offer.title}, {offer.price * line.quantity}"
            for line in left.lines
            if (offer := offers.get(line.offer_id)) is not None
            and offer.price is not None
            and problem_of(line, offer, left.currency) is None
        ]

    async def _remind(self, left: LeftCart, address: str, pieces: Sequence[str], now: datetime) -> None:
        try:
            store = (await self._stores.facts(left.store_id)).name
        except NotFound:
            return
        token = new_token()
        noted = await self._records.note(
            cart_id=left.cart_id, store_id=left.store_id, token_hash=token_hash(token) or b"", now=now
        )
        if noted:
            letter = CartReminderLetter(
                store=store,
                pieces=tuple(pieces[:NAMED]),
                more=max(0, len(pieces) - NAMED),
                link=f"{self._link}/restore#token={token}",
                stop=f"{self._link}/reminders#token={token}",
                token=token,
            )
            await self._mails.add(letter, to=address, cause=left.cart_id, store_id=left.store_id)


class CartRecovery:
    """For who comes back by a mailed link."""

    def __init__(
        self, *, records: CartReminderRecords, carts: CartRepository, service: CartService, clock: Clock
    ) -> None:
        self._records = records
        self._carts = carts
        self._service = service
        self._clock = clock

    async def restore(self, shopper: Shopper, *, token: str) -> CartView:
        """A guest's cart gets a new token, or becomes part of the user's who opens it.

        Raises NotFound, also for another user's; Unauthenticated where its owner has to sign in.
        """
        now = self._clock()
        mark = token_hash(token)
        found = None if mark is None else await self._records.reminded(mark, since=now - LINK_LIVES)
        if mark is None or found is None:
            raise NotFound
        if found.user_id is not None and shopper.user_id is None:
            raise Unauthenticated("Sign in: the cart waits for you there.")
        if found.user_id not in {None, shopper.user_id}:
            raise NotFound
        if shopper.user_id is not None:  # a user's own is locked before a guest's
            await self._carts.open(shopper.owner, lock=True) or await self._carts.create(shopper.owner)
        fresh: str | None = None
        if found.user_id is None:
            fresh = new_token()
            await self._records.rekey(cart_id=found.cart_id, token_hash=token_hash(fresh) or b"", now=now)
        comes = Shopper(user_id=shopper.user_id, guest=token_hash(fresh))
        view = await self._service.cart(comes)
        await self._records.opened(mark, now=now)
        if shopper.user_id is None or view.not_taken:
            view.token = fresh
        return view

    async def stop(self, *, token: str) -> None:
        """No reminders to that address any more, of any cart that has it now. Raises NotFound."""
        mark = token_hash(token)
        now = self._clock()
        found = None if mark is None else await self._records.reminded(mark, since=now - LINK_LIVES)
        if found is None:
            raise NotFound
        await self._records.forget_address(cart_id=found.cart_id)


class AbandonedCartList:
    def __init__(self, *, carts: AbandonedCarts, clock: Clock) -> None:
        self._carts = carts
        self._clock = clock

    async def page(self, *, store_id: UUID, cursor: str | None, limit: int) -> Page[AbandonedCartView]:
        """The latest first; those that somebody can be reminded of."""
        found = await self._carts.page(
            store_id=store_id,
            until=self._clock() - LEFT_AFTER,
            before=_start(cursor),
            limit=limit + 1,
        )
        return page_of(found, limit, lambda one: encode_cursor(CURSOR, one.updated_at.isoformat(), one.id))


def _start(text: str | None) -> tuple[datetime, UUID] | None:
    """Raises Invalid for a cursor that is not ours."""
    cursor = decode_cursor(text, sort=CURSOR, length=2)
    if cursor is None:
        return None
    try:
        moment, cart_id = datetime.fromisoformat(str(cursor.keys[0])), UUID(str(cursor.keys[1]))
    except ValueError:
        moment, cart_id = datetime.min, UUID(int=0)  # noqa: DTZ901 - without an offset, as none of ours is
    if moment.tzinfo is None:
        raise invalid_field("?cursor", "invalid_cursor", "Pass next_cursor of a page as it was.")
    return moment, cart_id
