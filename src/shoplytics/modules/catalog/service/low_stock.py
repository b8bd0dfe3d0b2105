"""Letters about what runs low."""

from uuid import uuid5

from shoplytics.kernel.access import STAFF
from shoplytics.kernel.errors import NotFound
from shoplytics.modules.catalog.domain.letters import LowStockLetter
from shoplytics.modules.catalog.ports import LowOffer, OfferRepository
from shoplytics.modules.catalog.service.readers import readers_of
from shoplytics.ports.catalog import LowStock
from shoplytics.ports.identity import Users
from shoplytics.ports.mails import Mails
from shoplytics.ports.tenancy import StoreDirectory, Team

NAMED = 20


class LowStockNotices:
    """In a worker, to those who look after the store's stock, at proved addresses."""

    def __init__(
        self,
        *,
        offers: OfferRepository,
        stores: StoreDirectory,
        team: Team,
        users: Users,
        mails: Mails,
        public_url: str,
    ) -> None:
        self._offers = offers
        self._stores = stores
        self._team = team
        self._users = users
        self._mails = mails
        self._link = f"{public_url.rstrip('/')}/console"

    async def told(self, event: LowStock) -> None:
        """Of one offer once a day, however often shoppers take its last units and leave them again."""
        if event.store_id is None:
            return
        ids = [one.offer_id for one in event.offers]
        low = await self._offers.low(store_id=event.store_id, offer_ids=ids[:NAMED])
        try:
            store = (await self._stores.facts(event.store_id)).name
        except NotFound:
            return
        if not low:
            return
        letter = LowStockLetter(
            store=store,
            offers=tuple(_line(offer) for offer in low),
            more=max(0, len(ids) - NAMED),
            link=self._link,
        )
        cause = uuid5(ids[0], event.occurred_at.date().isoformat()) if len(ids) == 1 else event.id
        staff = await self._team.working(store_id=event.store_id, roles=STAFF)
        for reader in await readers_of(self._users, staff):
            await self._mails.add(letter, to=reader.email, cause=cause, store_id=event.store_id)


def _line(offer: LowOffer) -> str:
    sku = f" ({offer.sku})" if offer.sku else ""
    return f"{offer.title}{sku}: {offer.available}"
