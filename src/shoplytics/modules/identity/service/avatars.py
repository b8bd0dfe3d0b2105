"""Avatars: sent by their owners, made ready by a worker."""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from shoplytics.modules.identity.ports import UserRepository
from shoplytics.ports.identity import AvatarDropped
from shoplytics.ports.jobs import JobCancelled, LatestJobs
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.pictures import Pictures, PictureTaken

SET_AVATAR = "identity.set-avatar"
FOLDER = "avatars"
SIDE = 256


class SetAvatar(msgspec.Struct, frozen=True, kw_only=True):
    """The job's payload."""

    user_id: UUID
    upload: str


class Avatars:
    """Within one unit of work. The last wish counts: earlier ones that still wait are cancelled."""

    def __init__(
        self, *, users: UserRepository, jobs: LatestJobs, pictures: Pictures, outbox: Outbox
    ) -> None:
        self.pictures = pictures
        self._users = users
        self._jobs = jobs
        self._outbox = outbox

    async def ask(self, *, user_id: UUID, chunks: AsyncIterator[bytes]) -> UUID:
        """The job that will set it. Raises UnsupportedPicture."""
        upload = await self.pictures.keep(chunks, folder=FOLDER)
        await self._jobs.call_off(kind=SET_AVATAR, store_id=None, user_id=user_id)
        payload = SetAvatar(user_id=user_id, upload=upload)
        return await self._jobs.start(kind=SET_AVATAR, payload=payload, store_id=None, user_id=user_id)

    async def take(self, *, asked: SetAvatar, job_id: UUID, key: str) -> PictureTaken:
        """Show it from now on. Raises JobCancelled when the user has changed their mind, NotFound."""
        user = await self._users.for_update(asked.user_id)
        if await self._jobs.called_off(job_id):
            raise JobCancelled(job_id)
        former, user.avatar_key = user.avatar_key, key
        await self._users.save(user)
        if former is not None:
            await self._outbox.add(AvatarDropped(key=former))
        return PictureTaken(url=self.pictures.url(key))

    async def drop(self, *, user_id: UUID) -> None:
        """None from now on, whatever is still on its way."""
        user = await self._users.for_update(user_id)  # first: a worker locks it before its job, too
        await self._jobs.call_off(kind=SET_AVATAR, store_id=None, user_id=user_id)
        former, user.avatar_key = user.avatar_key, None
        if former is not None:
            await self._users.save(user)
            await self._outbox.add(AvatarDropped(key=former))
