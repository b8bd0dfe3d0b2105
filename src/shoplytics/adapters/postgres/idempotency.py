"""Answers kept under the caller's Idempotency-Key, in the transaction that made them where there is one."""

from datetime import datetime
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.errors import Conflict, KeyReused
from shoplytics.kernel.ids import new_id

LOCK = "select pg_try_advisory_xact_lock(hashtextextended($1, 0))"
FIND = """
    select fingerprint, status, content_type, body from platform_idempotency where scope = $1 and key = $2
"""
KEEP = """
    insert into platform_idempotency (scope, key, fingerprint, status, content_type, body)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (scope, key) do nothing
"""
# A claim is a row without an answer yet: its status is 0 and its body says whose it is. It may be taken over
# once nobody has renewed it.
CLAIM = """
    insert into platform_idempotency (scope, key, fingerprint, status, content_type, body)
    values ($1, $2, $3, 0, '', $4)
    on conflict (scope, key) do update
    set fingerprint = excluded.fingerprint, body = excluded.body, created_at = clock_timestamp()
    where platform_idempotency.status = 0
        and platform_idempotency.created_at < clock_timestamp() - make_interval(secs => $5)
    returning true
"""
FULFIL = """
    update platform_idempotency set status = $4, content_type = $5, body = $6
    where scope = $1 and key = $2 and status = 0 and body = $3
"""
RENEW = """
    update platform_idempotency set created_at = clock_timestamp()
    where scope = $1 and key = $2 and status = 0 and body = $3
"""
LET_GO = "delete from platform_idempotency where scope = $1 and key = $2 and status = 0 and body = $3"
UNANSWERED = 0
CLAIM_SECONDS = 5.0
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
        """Remember the answer; it becomes real with the commit, like everything it tells of."""
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


class IdempotencyClaim:
    """One caller's key for a deed that ends units of work of its own (api/plans.py, `own_work`).

    Claimed before the deed, it holds off other requests for CLAIM_SECONDS after it was renewed last. Each
    call is to be committed by itself, as the system, which alone may change what is kept.
    """

    def __init__(self, *, scope: str, key: str, fingerprint: bytes) -> None:
        self._scope = scope
        self._key = key
        self._fingerprint = fingerprint
        self._mine = new_id().bytes

    async def take(self, work: Work) -> KeptAnswer | None:
        """The kept answer, or None for the first use. Raises InFlight while another request claims it."""
        if await work.raw.fetchval(
            CLAIM, self._scope, self._key, self._fingerprint, self._mine, CLAIM_SECONDS
        ):
            return None
        row = await work.raw.fetchrow(FIND, self._scope, self._key)
        kept = None if row is None else KeptAnswer(*row)
        if kept is None or kept.status == UNANSWERED:
            raise InFlight(retry_after=1)
        return kept

    async def keep(self, work: Work, answer: KeptAnswer) -> None:
        """Remember the answer in place of the claim."""
        await work.raw.execute(
            FULFIL, self._scope, self._key, self._mine, answer.status, answer.content_type, answer.body
        )

    async def renew(self, work: Work) -> None:
        """The deed is still being done."""
        await work.raw.execute(RENEW, self._scope, self._key, self._mine)

    async def let_go(self, work: Work) -> None:
        """As if the key had never been used."""
        await work.raw.execute(LET_GO, self._scope, self._key, self._mine)


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
