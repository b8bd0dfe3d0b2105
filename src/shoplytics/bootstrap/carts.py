"""What shoppers do with carts."""

from collections.abc import Callable

from shoplytics.adapters.postgres.catalog.shelf import PgShelf
from shoplytics.adapters.postgres.identity.cards import PgUserCards
from shoplytics.adapters.postgres.sales import PgAbandonedCarts, PgCartReminders, PgCarts
from shoplytics.adapters.postgres.sales.prices import PgPriceBooks
from shoplytics.adapters.postgres.tracking import PgOpenSessions
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.accounts import address_service
from shoplytics.bootstrap.infra import Infra
from shoplytics.bootstrap.tenancy import store_directory
from shoplytics.modules.sales.service import (
    AbandonedCartList,
    CartKeeping,
    CartOpening,
    CartRecovery,
    CartReminders,
    CartService,
    QuoteService,
)
from shoplytics.modules.tracking.service import SessionFinder


def cart_opening(infra: Infra, work: Work) -> CartOpening:
    return CartOpening(carts=PgCarts(work), shelf=PgShelf(work), clock=infra.clock)


def _carts(infra: Infra, work: Work) -> CartService:
    return CartService(
        carts=PgCarts(work),
        opening=cart_opening(infra, work),
        shelf=PgShelf(work),
        books=PgPriceBooks(work),
        visits=SessionFinder(sessions=PgOpenSessions(work)),
        outbox=infra.outbox(work),
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


def cart_keeping(infra: Infra, work: Work) -> CartKeeping:
    reminders = CartReminders(
        records=PgCartReminders(work),
        shelf=PgShelf(work),
        stores=store_directory(work),
        users=PgUserCards(work),
        mails=infra.mails(work),
        public_url=infra.settings.public_url,
    )
    return CartKeeping(carts=PgCarts(work), reminders=reminders)


def _cart_recovery(infra: Infra, work: Work) -> CartRecovery:
    return CartRecovery(
        records=PgCartReminders(work),
        carts=PgCarts(work),
        service=_carts(infra, work),
        clock=infra.clock,
    )


def _abandoned_carts(infra: Infra, work: Work) -> AbandonedCartList:
    return AbandonedCartList(carts=PgAbandonedCarts(work), clock=infra.clock)


CARTS_WITH_WORK: dict[str, Callable[[Infra, Work], object]] = {
    "carts": _carts,
    "quotes": _quotes,
    "cart_recovery": _cart_recovery,
    "abandoned_carts": _abandoned_carts,
}
