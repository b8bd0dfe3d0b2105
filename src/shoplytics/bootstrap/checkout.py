"""Checkout, and orders from then on."""

from collections.abc import Callable

from shoplytics.adapters.postgres.catalog.shelf import PgShelf
from shoplytics.adapters.postgres.identity.cards import PgUserCards
from shoplytics.adapters.postgres.sales import (
    PgBoughtOrders,
    PgCheckouts,
    PgOrderMoves,
    PgOrderPlacing,
)
from shoplytics.adapters.postgres.sales.prices import PgPriceBooks
from shoplytics.adapters.postgres.tenancy import PgOpenStores, PgTeam
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.accounts import address_service
from shoplytics.bootstrap.carts import cart_opening
from shoplytics.bootstrap.infra import Infra
from shoplytics.bootstrap.stock import stock_keeper
from shoplytics.bootstrap.tenancy import store_directory
from shoplytics.modules.sales.service import (
    BoughtService,
    Cancelling,
    CheckoutService,
    Expiry,
    Moving,
    OrderLetters,
    OrderTokens,
    Settlement,
)
from shoplytics.ports.sales import Checkouts


def checkouts(infra: Infra, work: Work) -> Checkouts:
    """For payments, in their unit of work."""
    return _settlement(infra, work)


def order_moving(infra: Infra, work: Work) -> Moving:
    return Moving(orders=PgOrderMoves(work), outbox=infra.outbox(work), clock=infra.clock)


def order_cancelling(infra: Infra, work: Work) -> Cancelling:
    return Cancelling(
        orders=PgOrderMoves(work),
        moving=order_moving(infra, work),
        stock=stock_keeper(infra, work),
        clock=infra.clock,
    )


def order_expiry(infra: Infra, work: Work) -> Expiry:
    return Expiry(
        checkouts=PgCheckouts(work),
        orders=PgOrderMoves(work),
        cancelling=order_cancelling(infra, work),
        stock=stock_keeper(infra, work),
    )


def order_letters(infra: Infra, work: Work) -> OrderLetters:
    return OrderLetters(
        bought=PgBoughtOrders(work),
        stores=store_directory(work),
        team=PgTeam(work),
        users=PgUserCards(work),
        mails=infra.mails(work),
        tokens=OrderTokens(infra.settings.secret_key),
        public_url=infra.settings.public_url,
    )


def _settlement(infra: Infra, work: Work) -> Settlement:
    return Settlement(
        checkouts=PgCheckouts(work),
        orders=PgOrderMoves(work),
        moving=order_moving(infra, work),
        stock=stock_keeper(infra, work),
    )


def checkout_service(infra: Infra, work: Work) -> CheckoutService:
    return CheckoutService(
        opening=cart_opening(infra, work),
        shelf=PgShelf(work),
        stores=PgOpenStores(work),
        books=PgPriceBooks(work),
        placing=PgOrderPlacing(work),
        bought=PgBoughtOrders(work),
        settlement=_settlement(infra, work),
        stock=stock_keeper(infra, work),
        addresses=address_service(infra, work),
        users=PgUserCards(work),
        tokens=OrderTokens(infra.settings.secret_key),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def _bought(infra: Infra, work: Work) -> BoughtService:
    return BoughtService(
        bought=PgBoughtOrders(work),
        orders=PgOrderMoves(work),
        cancelling=order_cancelling(infra, work),
    )


CHECKOUT_WITH_WORK: dict[str, Callable[[Infra, Work], object]] = {
    "checking_out": checkout_service,
    "bought": _bought,
}
