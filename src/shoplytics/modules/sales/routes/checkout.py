"""Checkout over HTTP."""

from litestar import Controller, post

from shoplytics.kernel.actor import Actor
from shoplytics.modules.sales.routes.carts import CartToken
from shoplytics.modules.sales.routes.permissions import CHECKOUT
from shoplytics.modules.sales.schemas import CheckoutForm
from shoplytics.modules.sales.service import CheckoutService
from shoplytics.modules.sales.service.shoppers import shopper_of
from shoplytics.ports.sales import CheckoutView


class CheckoutController(Controller):
    path = "/checkout"
    tags = ("Checkout",)
    opt = {"keyed": True}  # noqa: RUF012 - Litestar's own attribute

    @post(permission=CHECKOUT, idempotent=True, secret=True)
    async def check_out(
        self, data: CheckoutForm, actor: Actor, checking_out: CheckoutService, cart_token: CartToken = None
    ) -> CheckoutView:
        """Order what is in the cart: one order a store, to be paid together; the cart is empty then.

        `order_token` is told this once: as X-Order-Token it reads, pays and cancels these orders without an
        account. The stock is held for half an hour; then the orders can still be paid while there is stock,
        and are cancelled after a day. Nothing to pay is paid at once.

        409 `price_changed` when the total is not `expected_total`, or without one, when a price is not what
        the last quote or change of the cart showed; `discount_used_up` when a discount is, and without
        `expected_total` when a code in the cart cannot be used; `out_of_stock` with what is `available` of
        each line; `cannot_ship`, `not_sold_here`, `empty_cart`. Nothing has happened then.
        """
        return await checking_out.place(shopper_of(actor, cart_token), data, actor=actor)
