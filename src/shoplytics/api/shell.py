"""The outermost layer: what every answer carries, whether a route was found or not."""

import re

import structlog
from litestar import Litestar
from litestar.types import HTTPScope, Message, Receive, Scope, Send

from shoplytics.api.clients import header
from shoplytics.api.exchange import Exchange, begin
from shoplytics.api.parts import Parts
from shoplytics.api.problems import MEDIA_TYPE, problem_of
from shoplytics.kernel.codec import to_json

log = structlog.get_logger("shoplytics.api")

SANE_ID = re.compile(r"[A-Za-z0-9._:-]{8,128}").fullmatch
API_POLICY = b"default-src 'none'; frame-ancestors 'none'"
DEFAULTS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", API_POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Shell:
    """An ASGI application; `lifespan()` of the inner one opens and closes everything."""

    def __init__(self, app: Litestar, parts: Parts) -> None:
        self.app = app
        self.parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = header(scope, b"x-request-id")
        exchange = Exchange(scope, self.parts, given if given and SANE_ID(given) else None)
        begin(exchange)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                headers = message["headers"] = list(message["headers"])
                named = {name for name, _ in headers}
                headers += [pair for pair in DEFAULTS if pair[0] not in named]
                headers += exchange.headers
                headers.append((b"x-request-id", exchange.request_id.encode()))
            await send(message)

        try:
            await self.app(scope, receive, dressed)
        except Exception as error:
            if exchange.status:
                raise
            await self._last_resort(scope, dressed, error)

    async def _last_resort(self, scope: HTTPScope, send: Send, error: Exception) -> None:
        problem = problem_of(error)
        headers = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
        headers.append((b"content-type", MEDIA_TYPE.encode()))
        await send({"type": "http.response.start", "status": problem.status, "headers": headers})
        await send({"type": "http.response.body", "body": to_json(problem.document), "more_body": False})
