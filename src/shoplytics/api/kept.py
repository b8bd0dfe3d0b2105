"""Public answers kept as bytes, with an entity tag, until what they tell of has changed.

Permission, rate limit and query have been checked by then: a kept answer saves the handler and its statement,
nothing else. Only routes that are public and name no caller have a `copies=`, so no answer is anybody's own.
"""

import hashlib
from urllib.parse import urlencode

from litestar.utils.scope.state import ScopeState

from shoplytics.api.answers import not_modified
from shoplytics.api.asgi import App, Message, Receive, Send
from shoplytics.api.exchange import Exchange
from shoplytics.api.plans import Pairs

SECONDS = 900
OK = 200
CACHE_CONTROL = (b"cache-control", b"public, max-age=0, must-revalidate")


class Kept:
    """One answer of status 200. Its tag is made of its bytes, unless writers know the resource by its own."""

    __slots__ = ("_body", "_headers")

    def __init__(self, headers: list[tuple[bytes, bytes]], body: bytes, *, own_tag: bool) -> None:
        self._headers = [pair for pair in headers if pair[0].lower() != b"etag" or own_tag]
        self._headers.append(CACHE_CONTROL)
        if not own_tag:
            tag = hashlib.blake2b(body, digest_size=12).hexdigest()
            self._headers.append((b"etag", f'"{tag}"'.encode()))
        self._body = body

    @property
    def weight(self) -> int:
        return len(self._body) + sum(len(name) + len(value) + 100 for name, value in self._headers)

    def messages(self) -> list[Message]:
        """A start of its own for each reader, since layers further out write on it."""
        return [
            {"type": "http.response.start", "status": OK, "headers": list(self._headers)},
            {"type": "http.response.body", "body": self._body, "more_body": False},
        ]


class NotKept(Exception):
    """Another answer than 200, which nobody else gets."""

    def __init__(self, messages: list[Message]) -> None:
        super().__init__()
        self.messages = messages


async def send_kept(exchange: Exchange, query: Pairs, app: App, receive: Receive, send: Send) -> None:
    """The kept answer, or what `app` answers now. A tag the caller has already means 304, without a body."""
    scope, plan = exchange.scope, exchange.plan
    assert plan is not None and plan.copies is not None  # noqa: S101, PT018 - edge.py asks for nothing else
    path = scope["path_params"]
    tags = plan.copies(path, query)

    async def load() -> Kept:
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        await app(scope, receive, hold)
        start, *bodies = held
        if start["status"] != OK:
            raise NotKept(held)
        return Kept(
            start["headers"], b"".join(body.get("body", b"") for body in bodies), own_tag=plan.own_tag
        )

    try:
        if tags is None:
            kept = await load()
        else:
            key = f"public:{plan.name} {urlencode(list(path.items()))} {urlencode(sorted(query))}"
            kept = await exchange.parts.infra.copies.get(
                key, tags=tags, seconds=SECONDS, weight=lambda one: one.weight, load=load
            )
        messages = kept.messages()
        if not_modified(scope, messages[0]):
            messages[1]["body"] = b""
    except NotKept as other:
        messages = other.messages
    if exchange.patience is not None:
        exchange.patience.reschedule(None)  # from here on the reader sets the pace
    ScopeState.from_scope(scope).response_started = True  # type: ignore[arg-type]  # a dict either way
    for message in messages:
        await send(message)
