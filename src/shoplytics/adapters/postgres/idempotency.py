"""Answers kept under the caller's Idempotency-Key, in the transaction that made them."""

from datetime import datetime
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.errors import Conflict, KeyReused

LOCK = "select pg_try_advisory_xact_lock(hashtextextended($1, 0))"
FIND = """
    select fingerprint, status, content_type, body from platform_idempotency where scope = $1 and key = $2
"""
KEEP = """
    insert into platform_idempotency (scope, key, fingerprint, status, content_type, body)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (scope, key) do nothing
"""
MADE = 201
PRUNE = "delete from platform_idempotency where created_at < $1"


class InFlight(Conflict):
    code = "request_in_flight"
    message = "A request with this Idempotency-Key is being carried out."


class KeptAnswer(msgspec.Struct, frozen=True):
    """What was answered the first time."""

    fingerprint: bytes
    status: int
    content_type: str
    body: bytes


class IdempotencyKeys:
    """One caller's key in one unit of work; other callers' equal keys are strangers to it."""

    def __init__(self, work: Work, *, scope: str, key: str) -> None:
        self._work = work
        self._scope = scope
        self._key = key

    async def take(self) -> KeptAnswer | None:
        """The kept answer, or None for the first use. Raises InFlight while another request holds the key.

        The key is held until the transaction ends.
        """
        name = f"{len(self._scope)}:{self._scope}:{self._key}"
        if not await self._work.raw.fetchval(LOCK, name):
            raise InFlight(retry_after=1)
        row = await self._work.raw.fetchrow(FIND, self._scope, self._key)
        return None if row is None else KeptAnswer(*row)

    async def keep(self, answer: KeptAnswer) -> None:
        """Remember the answer; it becomes real with the commit, like everything it tells of.

        Only a deed that let go of its key meanwhile (api/plans.py, `own_work`) can find one kept already.
        """
        await self._work.raw.execute(
            KEEP,
            self._scope,
            self._key,
            answer.fingerprint,
            answer.status,
            answer.content_type,
            answer.body,
        )


def same_request(kept: KeptAnswer, fingerprint: bytes) -> KeptAnswer:
    """The kept answer. Raises KeyReused when it answered another request."""
    if kept.fingerprint != fingerprint:
        raise KeyReused
    return kept


class PgOnce:
    """See Once in modules/sales/service/staff_placing.py: the key of a deed is kept where the deed is."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def take(self, *, scope: str, key: str, fingerprint: bytes) -> UUID | None:
        kept = await IdempotencyKeys(self._work, scope=scope, key=key).take()
        return None if kept is None else UUID(bytes=same_request(kept, fingerprint).body)

    async def keep(self, made: UUID, *, scope: str, key: str, fingerprint: bytes) -> None:
        answer = KeptAnswer(fingerprint, MADE, "", made.bytes)
        await IdempotencyKeys(self._work, scope=scope, key=key).keep(answer)


async def prune(work: Work, *, before: datetime) -> None:
    """Forget old answers; a day is the least we promise to keep them."""
    await work.raw.execute(PRUNE, before)
