"""Carts and quotes over HTTP: a signed-in user's, or that of the guest who sends its token."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import HeaderParameter, Parameter

from shoplytics.kernel.actor import Actor
from shoplytics.modules.sales.routes.permissions import CHECKOUT, SHOP
from shoplytics.modules.sales.schemas import CartChange, CartCode, CartItemChange, NewCartItem, QuoteInput
from shoplytics.modules.sales.service import CartService, QuoteService
from shoplytics.modules.sales.service.shoppers import shopper_of
from shoplytics.ports.edge import Client
from shoplytics.ports.sales import CartView, QuoteView

CartToken = Annotated[
    str | None,
    HeaderParameter(name="X-Cart-Token", description="A guest's cart: `token` of the answer that made it."),
]
CodeQuery = Annotated[str | None, Parameter(min_length=1, max_length=64)]


class CartController(Controller):
    path = "/cart"
    tags = ("Cart",)
    opt = {"keyed": True}  # noqa: RUF012 - Litestar's own attribute

    @get(permission=SHOP)
    async def read_cart(self, actor: Actor, carts: CartService, cart_token: CartToken = None) -> CartView:
        """Your cart at today's prices, empty when there is none.

        A signed-in user who sends X-Cart-Token gets the guest's cart merged into their own, here as in every
        other request about carts: quantities add up as far as there is stock, codes too, and the guest's cart
        is gone. What cannot be taken is told in `not_taken`; in another currency all of it stays where it is.
        """
        return await carts.cart(shopper_of(actor, cart_token))

    @patch(permission=SHOP)
    async def change_cart(
        self, data: CartChange, actor: Actor, carts: CartService, cart_token: CartToken = None
    ) -> CartView:
        """Leave an address for one reminder, should you leave the cart behind; null takes it back."""
        return await carts.remind(shopper_of(actor, cart_token), email=data.email)

    @delete(permission=SHOP, status_code=200)
    async def clear_cart(self, actor: Actor, carts: CartService, cart_token: CartToken = None) -> CartView:
        """Take everything out, codes too."""
        return await carts.clear(shopper_of(actor, cart_token))

    @post("/items", permission=SHOP)
    async def add_cart_item(
        self,
        data: NewCartItem,
        actor: Actor,
        client: Client,
        carts: CartService,
        cart_token: CartToken = None,
    ) -> CartView:
        """Put pieces of a variant into the cart, which is made when there is none yet.

        A guest's new cart comes with its `token`, which is told this once: send it as X-Cart-Token. Pieces of
        an offer that is in the cart already add up. 409 `out_of_stock` with what
        is `available`, `not_sold_here` for what is shown here and sold elsewhere or not at all,
        `currency_mismatch` beside goods in another currency. At most 100 lines of 9,999 pieces.
        """
        return await carts.add(
            shopper_of(actor, cart_token),
            variant_id=data.variant_id,
            quantity=data.quantity,
            store_id=data.store_id,
            client=client,
        )

    @patch("/items/{line_id:uuid}", permission=SHOP)
    async def change_cart_item(
        self,
        line_id: UUID,
        data: CartItemChange,
        actor: Actor,
        carts: CartService,
        cart_token: CartToken = None,
    ) -> CartView:
        """How many pieces there shall be, one at least."""
        return await carts.change(shopper_of(actor, cart_token), line_id=line_id, quantity=data.quantity)

    @delete("/items/{line_id:uuid}", permission=SHOP, status_code=200)
    async def remove_cart_item(
        self, line_id: UUID, actor: Actor, carts: CartService, cart_token: CartToken = None
    ) -> CartView:
        """Take a line out."""
        return await carts.remove(shopper_of(actor, cart_token), line_id=line_id)

    @post("/discounts", permission=SHOP, status_code=200)
    async def use_code(
        self, data: CartCode, actor: Actor, carts: CartService, cart_token: CartToken = None
    ) -> CartView:
        """Use a discount's code, in capitals or not.

        404 `unknown_code` when no store of the cart has it. One that takes nothing off now is kept, and
        `unused_codes` says why.
        """
        return await carts.use_code(shopper_of(actor, cart_token), code=data.code)

    @delete("/discounts", permission=SHOP, status_code=200)
    async def drop_code(
        self,
        actor: Actor,
        carts: CartService,
        data: CartCode | None = None,
        code: CodeQuery = None,
        cart_token: CartToken = None,
    ) -> CartView:
        """Use a code no longer: `?code=`, as not every client can send a body with DELETE, or in the body."""
        return await carts.drop_code(shopper_of(actor, cart_token), code=data.code if data else code)


class QuoteController(Controller):
    path = "/checkout/quote"
    tags = ("Checkout",)
    opt = {"keyed": True}  # noqa: RUF012 - Litestar's own attribute

    @post(permission=CHECKOUT, status_code=200)
    async def quote_cart(
        self, data: QuoteInput, actor: Actor, quotes: QuoteService, cart_token: CartToken = None
    ) -> QuoteView:
        """What the cart costs, sent to this address, store by store. Nothing is reserved.

        409 `empty_cart`; `cannot_ship` when a store has rates, but none for the address; `not_sold_here` with
        the lines that have to be taken out first.
        """
        return await quotes.quote(
            shopper_of(actor, cart_token), address=data.shipping_address, shipping=data.shipping
        )
