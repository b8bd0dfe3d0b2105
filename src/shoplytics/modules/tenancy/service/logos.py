"""Logos: sent by who may change the store, made ready by a worker."""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.modules.tenancy.domain import Store
from shoplytics.modules.tenancy.ports import StoreRepository
from shoplytics.modules.tenancy.service.views import facts_of, view_of
from shoplytics.ports.jobs import JobCancelled, LatestJobs
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.pictures import Pictures, PictureTaken
from shoplytics.ports.tenancy import AuditLog, LogoDropped, StoreChanged

SET_LOGO = "tenancy.set-logo"
FOLDER = "logos"
SIDE = 512


class SetLogo(msgspec.Struct, frozen=True, kw_only=True):
    """The job's payload; the audit log names the actor."""

    store_id: UUID
    upload: str
    actor: Actor


class Logos:
    """Within one unit of work. The last wish counts: earlier ones that still wait are cancelled."""

    def __init__(
        self,
        *,
        stores: StoreRepository,
        jobs: LatestJobs,
        pictures: Pictures,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self.pictures = pictures
        self._stores = stores
        self._jobs = jobs
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def ask(self, *, store_id: UUID, actor: Actor, chunks: AsyncIterator[bytes]) -> UUID:
        """The job that will set it. Raises UnsupportedPicture."""
        upload = await self.pictures.keep(chunks, folder=FOLDER)
        await self._jobs.call_off(kind=SET_LOGO, store_id=store_id, user_id=None)
        who = Actor(kind=actor.kind, user_id=actor.user_id, key_id=actor.key_id)
        payload = SetLogo(store_id=store_id, upload=upload, actor=who)
        return await self._jobs.start(
            kind=SET_LOGO, payload=payload, store_id=store_id, user_id=actor.user_id
        )

    async def take(self, *, asked: SetLogo, job_id: UUID, key: str) -> PictureTaken:
        """Show it from now on. Raises JobCancelled when a later wish counts, NotFound."""
        store = await self._stores.for_update(asked.store_id)
        if await self._jobs.called_off(job_id):
            raise JobCancelled(job_id)
        await self._change(store, key, actor=asked.actor, action="stores.set-logo")
        return PictureTaken(url=self.pictures.url(key))

    async def drop(self, *, store_id: UUID, actor: Actor) -> None:
        """None from now on, whatever is still on its way."""
        store = await self._stores.for_update(store_id)  # first: a worker locks it before its job, too
        await self._jobs.call_off(kind=SET_LOGO, store_id=store_id, user_id=None)
        if store.logo_key is not None:
            await self._change(store, None, actor=actor, action="stores.remove-logo")

    async def _change(self, store: Store, key: str | None, *, actor: Actor, action: str) -> None:
        before = view_of(store, None, self.pictures)
        former, store.logo_key = store.logo_key, key
        store.updated_at = self._clock()
        await self._stores.save(store)
        await self._audit.record(
            actor=actor,
            action=action,
            target=f"store:{store.id}",
            store_id=store.id,
            before=before,
            after=view_of(store, None, self.pictures),
        )
        await self._outbox.add(StoreChanged(store_id=store.id, version=store.version, facts=facts_of(store)))
        if former is not None:
            await self._outbox.add(LogoDropped(store_id=store.id, key=former))
