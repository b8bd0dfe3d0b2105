"""Idempotency-Key: the same request twice is carried out once and answered twice."""

import asyncio
import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from shoplytics.adapters.postgres.idempotency import (
    CLAIM_SECONDS,
    IdempotencyClaim,
    IdempotencyKeys,
    KeptAnswer,
    same_request,
)
from shoplytics.adapters.postgres.work import Work
from shoplytics.api.asgi import Send, header
from shoplytics.api.exchange import Exchange
from shoplytics.api.plans import Plan
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.actor import ActorKind
from shoplytics.kernel.errors import Invalid

HEADER = b"idempotency-key"
MAX_KEY = 255
GUEST_TOKENS = (b"x-cart-token", b"x-order-token")

log = structlog.get_logger("shoplytics.replays")


class Replay(ABC):
    """One request with a key, from the look-up to the kept answer."""

    def __init__(self, exchange: Exchange, key: str) -> None:
        self._exchange = exchange
        self._key = key
        self._scope = _caller(exchange)
        self._secret = exchange.plan is not None and exchange.plan.secret
        self._vault = exchange.parts.infra.vault
        self._fingerprint = _fingerprint(exchange)
        self._context = f"platform_idempotency:body:{self._scope}:{key}"

    async def first_answer(self) -> KeptAnswer | None:
        """What was answered to the same request before. Raises InFlight or KeyReused."""
        found = await self._take()
        if found is None:
            return None
        kept = same_request(found, self._fingerprint)
        if not self._secret:
            return kept
        body = self._vault.open(kept.body, context=self._context)
        return KeptAnswer(kept.fingerprint, kept.status, kept.content_type, body)

    async def keep(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """To be called before the work that made the answer is committed."""
        content_type = next((value for name, value in headers if name.lower() == b"content-type"), b"")
        if self._secret:
            body = self._vault.seal(body, context=self._context)
        await self._keep(KeptAnswer(self._fingerprint, status, content_type.decode(), body))

    @abstractmethod
    async def end(self) -> None:
        """The request is over, whatever became of it."""

    @abstractmethod
    async def _take(self) -> KeptAnswer | None: ...

    @abstractmethod
    async def _keep(self, answer: KeptAnswer) -> None: ...


class Joined(Replay):
    """The key is held, and the answer kept, by the unit of work of the request."""

    async def end(self) -> None:
        """The unit of work has ended, and with it the hold on the key."""

    async def _take(self) -> KeptAnswer | None:
        return await (await self._keys()).take()

    async def _keep(self, answer: KeptAnswer) -> None:
        await (await self._keys()).keep(answer)

    async def _keys(self) -> IdempotencyKeys:
        return IdempotencyKeys(await self._exchange.open_work(), scope=self._scope, key=self._key)


class Claimed(Replay):
    """For a deed that ends its own work: the key is claimed before it, and let go of if it fails."""

    def __init__(self, exchange: Exchange, key: str) -> None:
        super().__init__(exchange, key)
        self._claim = IdempotencyClaim(scope=self._scope, key=key, fingerprint=self._fingerprint)
        self._renewing: asyncio.Task[None] | None = None

    async def end(self) -> None:
        """What was kept stays; else the key may be used again at once."""
        if self._renewing is not None:
            await self._commit(self._claim.let_go)
            await self._stop()

    async def _take(self) -> KeptAnswer | None:
        async with self._work() as work:
            kept = await self._claim.take(work)
            await work.commit()
        if kept is None:
            self._renewing = asyncio.create_task(self._renew())
        return kept

    async def _keep(self, answer: KeptAnswer) -> None:
        await self._commit(partial(self._claim.keep, answer=answer))
        await self._stop()

    async def _renew(self) -> None:
        """So a claim outlives its process by seconds, however long a deed may take."""
        while True:
            await asyncio.sleep(CLAIM_SECONDS / 4)
            try:
                await self._commit(self._claim.renew)
            except Exception as error:  # there is time for another try
                log.info("claim_not_renewed", error=f"{type(error).__name__}: {error}")

    async def _stop(self) -> None:
        renewing, self._renewing = self._renewing, None
        if renewing is not None:
            renewing.cancel()
            await asyncio.wait([renewing])

    async def _commit(self, change: Callable[[Work], Awaitable[None]]) -> None:
        async with self._work() as work:
            await change(work)
            await work.commit()

    def _work(self) -> Work:
        return self._exchange.parts.infra.database.work(DbRole.SYSTEM, keyed=True)


def replay_of(exchange: Exchange, plan: Plan) -> Replay | None:
    """None when the caller sent no key. Raises Invalid for an empty, too long or odd key."""
    key = header(exchange.scope, HEADER)
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        msg = f"An Idempotency-Key has 1 to {MAX_KEY} printable ASCII characters."
        raise Invalid(msg, code="invalid_idempotency_key")
    if plan.own_work:
        return Claimed(exchange, key)
    return Joined(exchange, key)


def _fingerprint(exchange: Exchange) -> bytes:
    scope = exchange.scope
    digest = hashlib.sha256()
    for part in (scope["method"].encode(), scope["path"].encode(), scope["query_string"]):
        digest.update(b"%d:" % len(part) + part)
    digest.update(exchange.upload.digest() if exchange.upload is not None else exchange.body)
    return digest.digest()


def _caller(exchange: Exchange) -> str:
    if exchange.actor.kind is not ActorKind.ANONYMOUS:
        return exchange.actor.label
    token = next((found for name in GUEST_TOKENS if (found := header(exchange.scope, name))), None)
    known = f"token:{token}" if token else f"address:{exchange.client.address}"
    digest = hmac.new(exchange.parts.settings.secret_key, known.encode(), hashlib.sha256).hexdigest()
    return f"guest:{digest}"


async def send_again(send: Send, kept: KeptAnswer) -> None:
    """The first answer, marked as a repetition."""
    headers = [
        (b"content-type", kept.content_type.encode()),
        (b"content-length", str(len(kept.body)).encode()),
        (b"idempotent-replayed", b"true"),
    ]
    if not kept.content_type:
        del headers[0]
    await send({"type": "http.response.start", "status": kept.status, "headers": headers})
    await send({"type": "http.response.body", "body": kept.body, "more_body": False})
