"""The catalogue's stock: for orders, and for those who look after it."""

from shoplytics.adapters.postgres.catalog import PgOffers, PgReservations
from shoplytics.adapters.postgres.identity.cards import PgUserCards
from shoplytics.adapters.postgres.tenancy import PgTeam
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.infra import Infra
from shoplytics.bootstrap.tenancy import store_directory
from shoplytics.modules.catalog.service import LowStockNotices, StockKeeping
from shoplytics.ports.catalog.stock import StockKeeper


def stock_keeper(infra: Infra, work: Work) -> StockKeeper:
    """For orders, in their unit of work."""
    return StockKeeping(reservations=PgReservations(work), outbox=infra.outbox(work), clock=infra.clock)


def low_stock_notices(infra: Infra, work: Work) -> LowStockNotices:
    return LowStockNotices(
        offers=PgOffers(work),
        stores=store_directory(work),
        team=PgTeam(work),
        users=PgUserCards(work),
        mails=infra.mails(work),
        public_url=infra.settings.public_url,
    )
