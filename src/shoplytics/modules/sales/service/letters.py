"""Letters about orders, written by workers after the fact."""

from collections.abc import Sequence
from uuid import UUID

from shoplytics.kernel.access import STAFF
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.letters import Letter
from shoplytics.kernel.money import Money
from shoplytics.modules.sales.domain.order_letters import (
    NewOrderLetter,
    OrderCancelledLetter,
    OrderPlacedLetter,
    SaleCancelledLetter,
    ToldOrder,
)
from shoplytics.modules.sales.ports import BoughtOrders
from shoplytics.modules.sales.service.order_tokens import OrderTokens
from shoplytics.ports.identity import UserCard, Users
from shoplytics.ports.mails import Mails
from shoplytics.ports.sales import (
    OrderCancelled,
    OrderLineView,
    OrderPaid,
    OrderPlaced,
    OrderStatus,
    OrderView,
)
from shoplytics.ports.tenancy import StoreDirectory, Team


class OrderLetters:
    """To buyers at the address they gave; in stores to proved addresses only."""

    def __init__(
        self,
        *,
        bought: BoughtOrders,
        stores: StoreDirectory,
        team: Team,
        users: Users,
        mails: Mails,
        tokens: OrderTokens,
        public_url: str,
    ) -> None:
        self._bought = bought
        self._stores = stores
        self._team = team
        self._users = users
        self._mails = mails
        self._tokens = tokens
        self._link = f"{public_url.rstrip('/')}/console"
        self._orders = f"{public_url.rstrip('/')}/orders"

    async def placed(self, event: OrderPlaced) -> None:
        """One letter a checkout, though each of its orders tells."""
        orders = await self._bought.of_checkout(event.checkout_id)
        email = next((order.email for order in orders if order.email), None)
        if email is None:
            return
        token = self._tokens.of(event.checkout_id)
        total = sum((order.total for order in orders[1:]), start=orders[0].total)
        letter = OrderPlacedLetter(
            name=_name(orders[0]),
            orders=tuple([await self._told(order) for order in orders]),
            total=str(total),
            due=any(order.status in {OrderStatus.CREATED, OrderStatus.PENDING} for order in orders),
            link=f"{self._orders}#token={token}",
            token=token,
        )
        await self._mails.add(letter, to=email, cause=event.checkout_id)

    async def paid(self, event: OrderPaid) -> None:
        order = await self._order(event.store_id, event.order_id)
        if order is not None:
            letter = NewOrderLetter(order=await self._told(order), name=_name(order), link=self._link)
            await self._to_staff(event.store_id, event.id, letter)

    async def cancelled(self, event: OrderCancelled) -> None:
        """The store hears of it when it had heard of the order: that was when it was paid."""
        order = await self._order(event.store_id, event.order_id)
        if order is None:
            return
        told = await self._told(order)
        if order.email is not None:
            letter = OrderCancelledLetter(
                name=_name(order), order=told, reason=order.cancel_reason, paid=event.paid
            )
            await self._mails.add(letter, to=order.email, cause=event.id, store_id=event.store_id)
        if event.paid:
            letter_to_staff = SaleCancelledLetter(order=told, reason=order.cancel_reason, link=self._link)
            await self._to_staff(event.store_id, event.id, letter_to_staff)

    async def _order(self, store_id: UUID | None, order_id: UUID) -> OrderView | None:
        if store_id is None:
            return None
        return await self._bought.of_store(store_id, order_id)

    async def _told(self, order: OrderView) -> ToldOrder:
        try:
            store = (await self._stores.facts(order.store_id)).name
        except NotFound:
            store = ""
        return ToldOrder(
            store=store,
            number=order.number,
            lines=tuple(f"{line.quantity} x {_title(line)}: {line.total}" for line in order.lines),
            shipping=_cost(order.shipping),
            total=str(order.total),
        )

    async def _to_staff(self, store_id: UUID | None, cause: UUID, letter: Letter) -> None:
        if store_id is None:
            return
        staff = await self._team.working(store_id=store_id, roles=STAFF)
        for reader in await self._readers(staff):
            await self._mails.add(letter, to=reader.email, cause=cause, store_id=store_id)

    async def _readers(self, user_ids: Sequence[UUID]) -> list[UserCard]:
        readers = []
        for user_id in user_ids:
            try:
                card = await self._users.card(user_id)
            except NotFound:
                continue
            if card.email_verified:
                readers.append(card)
        return readers


def _title(line: OrderLineView) -> str:
    """The only variant of a product has a name that says nothing."""
    own = "" if line.variant_title == "Default" else line.variant_title
    return f"{line.title} {own}".strip()


def _name(order: OrderView) -> str:
    return order.shipping_address.name if order.shipping_address is not None else ""


def _cost(shipping: Money) -> str:
    return str(shipping) if shipping.minor else ""
