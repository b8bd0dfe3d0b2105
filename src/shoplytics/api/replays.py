"""Idempotency-Key: the same request twice is carried out once and answered twice."""

import hashlib
import hmac

from shoplytics.adapters.postgres.idempotency import IdempotencyKeys, KeptAnswer, same_request
from shoplytics.api.asgi import Send, header
from shoplytics.api.exchange import Exchange
from shoplytics.kernel.actor import ActorKind
from shoplytics.kernel.errors import Invalid

HEADER = b"idempotency-key"
MAX_KEY = 255
GUEST_TOKENS = (b"x-cart-token", b"x-order-token")


class Replay:
    """One request with a key, from the look-up to the kept answer."""

    def __init__(self, exchange: Exchange, key: str) -> None:
        self._exchange = exchange
        self._key = key
        self._secret = exchange.plan is not None and exchange.plan.secret
        self._vault = exchange.parts.infra.vault
        self._keys: IdempotencyKeys | None = None

    async def first_answer(self) -> KeptAnswer | None:
        """What was answered to the same request before. Raises InFlight or KeyReused."""
        work = await self._exchange.open_work()
        self._keys = IdempotencyKeys(work, scope=_caller(self._exchange), key=self._key)
        kept = await self._keys.take()
        if kept is None or not self._secret:
            return kept and same_request(kept, self._fingerprint())
        body = self._vault.open(same_request(kept, self._fingerprint()).body, context=self._context())
        return KeptAnswer(kept.fingerprint, kept.status, kept.content_type, body)

    async def reopen(self) -> None:
        """For a deed that ended its own work: what is kept of the answer gets one of its own."""
        work = await self._exchange.open_work()
        self._keys = IdempotencyKeys(work, scope=_caller(self._exchange), key=self._key)

    async def keep(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """To be called in the transaction of the answer."""
        assert self._keys is not None  # noqa: S101 - first_answer comes first
        content_type = next((value for name, value in headers if name.lower() == b"content-type"), b"")
        if self._secret:
            body = self._vault.seal(body, context=self._context())
        await self._keys.keep(KeptAnswer(self._fingerprint(), status, content_type.decode(), body))

    def _context(self) -> str:
        return f"platform_idempotency:body:{_caller(self._exchange)}:{self._key}"

    def _fingerprint(self) -> bytes:
        scope = self._exchange.scope
        digest = hashlib.sha256()
        for part in (scope["method"].encode(), scope["path"].encode(), scope["query_string"]):
            digest.update(b"%d:" % len(part) + part)
        upload = self._exchange.upload
        digest.update(upload.digest() if upload is not None else self._exchange.body)
        return digest.digest()


def replay_of(exchange: Exchange) -> Replay | None:
    """None when the caller sent no key. Raises Invalid for an empty, too long or odd key."""
    key = header(exchange.scope, HEADER)
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        msg = f"An Idempotency-Key has 1 to {MAX_KEY} printable ASCII characters."
        raise Invalid(msg, code="invalid_idempotency_key")
    return Replay(exchange, key)


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
