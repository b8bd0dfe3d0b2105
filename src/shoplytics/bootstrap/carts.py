"""What shoppers do with carts."""

from collections.abc import Callable

from shoplytics.adapters.postgres.catalog.shelf import PgShelf
from shoplytics.adapters.postgres.sales import PgCarts
from shoplytics.adapters.postgres.sales.prices import PgPriceBooks
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.accounts import address_service
from shoplytics.bootstrap.infra import Infra
from shoplytics.modules.sales.service import CartOpening, CartService, QuoteService


def cart_opening(infra: Infra, work: Work) -> CartOpening:
    return CartOpening(carts=PgCarts(work), shelf=PgShelf(work), clock=infra.clock)


def _carts(infra: Infra, work: Work) -> CartService:
    return CartService(
        carts=PgCarts(work),
        opening=cart_opening(infra, work),
        shelf=PgShelf(work),
        books=PgPriceBooks(work),
        clock=infra.clock,
    )


def _quotes(infra: Infra, work: Work) -> QuoteService:
    return QuoteService(
        carts=PgCarts(work),
        opening=cart_opening(infra, work),
        shelf=PgShelf(work),
        books=PgPriceBooks(work),
        addresses=address_service(infra, work),
        clock=infra.clock,
    )


CARTS_WITH_WORK: dict[str, Callable[[Infra, Work], object]] = {
    "carts": _carts,
    "quotes": _quotes,
}
