"""Leaving: what is kept about one, handed out; an account deleted, and erased."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shoplytics.kernel.clock import Clock
from shoplytics.modules.identity.domain.leaving import RESTORABLE, AdminStays, OwnsStores, nobody
from shoplytics.modules.identity.ports import UserRepository
from shoplytics.modules.identity.ports.people import Leaving, PersonalData
from shoplytics.modules.identity.service.proof import PasswordProof
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import AccountClosed, AvatarDropped, ExportView, UserErased
from shoplytics.ports.mails import Mails
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import Ownership

AT_ONCE = 200


class AccountEnding:
    """The last step, whoever takes it. Orders and other books stay; they name an id that is nobody's."""

    def __init__(self, *, leaving: Leaving, mails: Mails, outbox: Outbox) -> None:
        self._leaving = leaving
        self._mails = mails
        self._outbox = outbox

    async def erase(self, user_id: UUID, *, now: datetime) -> None:
        pseudonym = nobody(user_id)
        former = await self._leaving.erase(user_id, email=pseudonym, now=now)
        erased = UserErased(
            user_id=user_id, email=former.email, phone=former.phone, pseudonym=pseudonym, occurred_at=now
        )
        await self._outbox.add(erased)
        if former.avatar_key is not None:
            await self._outbox.add(AvatarDropped(key=former.avatar_key))

    async def erase_due(self, *, now: datetime) -> None:
        """Accounts deleted thirty days ago."""
        for user_id in await self._leaving.due(deleted_before=now - RESTORABLE, limit=AT_ONCE):
            await self.erase(user_id, now=now)

    async def forget(self, *, event: UserErased) -> None:
        """The rest, which the user's own role may not remove."""
        await self._leaving.forget(event.user_id)
        for address in filter(None, (event.email, event.phone)):
            await self._mails.forget(to=address)


class LeavingService:
    """Within one unit of work, over the caller's own account."""

    def __init__(
        self,
        *,
        users: UserRepository,
        leaving: Leaving,
        ending: AccountEnding,
        data: Sequence[PersonalData],
        stores: Ownership,
        proof: PasswordProof,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._outbox = outbox
        self._users = users
        self._leaving = leaving
        self._ending = ending
        self._data = data
        self._stores = stores
        self._proof = proof
        self._clock = clock

    async def export(self, *, user_id: UUID) -> ExportView:
        user = await self._users.get(user_id)
        found = ExportView(user_id=user_id, created_at=self._clock(), tables={})
        for source in self._data:
            rows = await source.of_user(user_id=user_id, email=user.email)
            found.tables |= {table: list(content) for table, content in rows.items()}
        return found

    async def delete(self, *, user_id: UUID, client: Client) -> None:
        """Sessions die; for thirty days an administrator can bring it back. Raises OwnsStores, AdminStays."""
        user, now = await self._users.get(user_id), self._clock()
        await self._may_go(user_id)
        await self._leaving.delete(user_id, now=now)
        closed = AccountClosed(
            user_id=user_id,
            email=user.email,
            name=user.name if user.email_verified_at is not None else "",
            locale=user.preferences.locale,
            device=client.user_agent[:256],
            occurred_at=now,
        )
        await self._outbox.add(closed)

    async def erase(self, *, user_id: UUID, password: str, totp_code: str | None, client: Client) -> None:
        """For good. Raises what a wrong password or code raises, OwnsStores, AdminStays."""
        user = await self._users.get(user_id)
        await self._proof.give_both(user, password, client=client, totp_code=totp_code)
        await self._may_go(user_id)
        await self._ending.erase(user_id, now=self._clock())

    async def _may_go(self, user_id: UUID) -> None:
        if await self._leaving.is_admin(user_id):
            raise AdminStays
        if await self._stores.owns_stores(user_id):
            raise OwnsStores
