"""Carts left behind: the shopper's way back, and the store's list of them."""

from uuid import UUID

from litestar import Controller, get, post

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.sales.routes.parameters import Limit
from shoplytics.modules.sales.routes.permissions import READ_CARTS, SHOP
from shoplytics.modules.sales.schemas import ReminderToken
from shoplytics.modules.sales.service import AbandonedCartList, CartRecovery
from shoplytics.modules.sales.service.shoppers import shopper_of
from shoplytics.ports.sales import AbandonedCartView, CartView


class CartRecoveryController(Controller):
    path = "/cart"
    tags = ("Cart",)
    opt = {"keyed": True}  # noqa: RUF012 - Litestar's own attribute

    @post("/restore", permission=SHOP, status_code=200)
    async def restore_cart(self, data: ReminderToken, actor: Actor, cart_recovery: CartRecovery) -> CartView:
        """Take up a cart that you were reminded of; the link is good for 30 days.

        A guest's comes with a new `token`, and the former one opens it no more; who is signed in gets it
        merged into their own. A user's cart wants its owner: 401 until you sign in.
        """
        return await cart_recovery.restore(shopper_of(actor, None), token=data.token)

    @post("/reminders/stop", permission=SHOP, status_code=204)
    async def stop_reminders(self, data: ReminderToken, cart_recovery: CartRecovery) -> None:
        """Forget the address that was left with this cart, and with every other.

        Whoever has an account says in its preferences which mails they want (`PATCH /me`).
        """
        await cart_recovery.stop(token=data.token)


class AbandonedCartController(Controller):
    path = "/stores/{store_id:uuid}/carts/abandoned"
    tags = ("Carts",)

    @get(permission=READ_CARTS)
    async def abandoned_carts(
        self,
        store_id: UUID,
        abandoned_carts: AbandonedCartList,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[AbandonedCartView]:
        """Carts that nobody has touched for an hour and whose owner can be reminded, the latest first.

        Your own lines of them, and what those are worth.
        """
        return await abandoned_carts.page(store_id=store_id, cursor=cursor, limit=limit)
