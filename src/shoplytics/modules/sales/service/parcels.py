"""Letters to buyers about parcels on their way."""

from shoplytics.kernel.errors import NotFound
from shoplytics.modules.sales.domain.letters import OrderShippedLetter
from shoplytics.modules.sales.ports import OrderHandling
from shoplytics.ports.mails import Mails
from shoplytics.ports.sales import OrderShipped
from shoplytics.ports.tenancy import StoreDirectory


class ParcelLetters:
    """See BuyerLetters in the module's ports."""

    def __init__(self, *, handling: OrderHandling, stores: StoreDirectory, mails: Mails) -> None:
        self._handling = handling
        self._stores = stores
        self._mails = mails

    async def shipped(self, event: OrderShipped) -> None:
        if event.store_id is None:
            return
        parcel = await self._handling.parcel(store_id=event.store_id, fulfilment_id=event.fulfilment_id)
        if parcel is None or parcel.email is None:
            return
        try:
            store = (await self._stores.facts(event.store_id)).name
        except NotFound:
            return
        letter = OrderShippedLetter(
            store=store,
            number=parcel.number,
            pieces=tuple(f"{count} x {title}" for title, count in parcel.pieces),
            carrier=parcel.carrier or "",
            tracking_number=parcel.tracking_number or "",
        )
        await self._mails.add(letter, to=parcel.email, cause=event.id, store_id=event.store_id)
