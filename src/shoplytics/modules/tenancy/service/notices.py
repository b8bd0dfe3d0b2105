"""Notices to those who work in a store, about what they may do there."""

from uuid import UUID

from shoplytics.kernel.errors import NotFound
from shoplytics.modules.tenancy.domain.letters import OwnershipLetter, RoleChangedLetter
from shoplytics.ports.identity import UserCard, Users
from shoplytics.ports.mails import Mails
from shoplytics.ports.tenancy import OwnershipTransferred, RoleChanged, StoreDirectory, StoreFacts


class StaffNotices:
    """In a worker. To proved addresses only: a store's name is its owner's words, and no way to strangers.

    Nobody is told of a store that is gone.
    """

    def __init__(self, *, users: Users, stores: StoreDirectory, mails: Mails) -> None:
        self._users = users
        self._stores = stores
        self._mails = mails

    async def role_changed(self, *, event: RoleChanged) -> None:
        store, member = await self._store(event.store_id), await self._proved(event.user_id)
        if store is not None and member is not None:
            letter = RoleChangedLetter(store=store.name, role=event.role, when=event.occurred_at)
            await self._mails.add(letter, to=member.email, cause=event.id, store_id=store.id)

    async def ownership_transferred(self, *, event: OwnershipTransferred) -> None:
        """To both; each hears of whom the store went to or came from."""
        store = await self._store(event.store_id)
        former, owner = await self._card(event.former), await self._card(event.owner)
        if store is None or former is None or owner is None:
            return
        for reader, other in ((former, owner), (owner, former)):
            if reader.email_verified:
                letter = OwnershipLetter(
                    store=store.name, gained=reader is owner, other=other.email, when=event.occurred_at
                )
                await self._mails.add(letter, to=reader.email, cause=event.id, store_id=store.id)

    async def _store(self, store_id: UUID | None) -> StoreFacts | None:
        try:
            return await self._stores.facts(store_id) if store_id is not None else None
        except NotFound:
            return None

    async def _card(self, user_id: UUID) -> UserCard | None:
        try:
            return await self._users.card(user_id)
        except NotFound:
            return None

    async def _proved(self, user_id: UUID) -> UserCard | None:
        card = await self._card(user_id)
        return card if card is not None and card.email_verified else None
