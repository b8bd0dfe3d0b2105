"""The outermost layer: what every answer carries, whether a route was found or not."""

import re
from collections.abc import Mapping
from time import perf_counter

import structlog
from litestar import Litestar

from shoplytics.api.asgi import Message, Receive, Scope, Send, header
from shoplytics.api.cors import Cors
from shoplytics.api.direct import OPEN, Direct
from shoplytics.api.exchange import Exchange, begin
from shoplytics.api.parts import Parts
from shoplytics.api.problems import MEDIA_TYPE, problem_of
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.errors import Invalid

SANE_ID = re.compile(r"[A-Za-z0-9._:-]{8,128}").fullmatch
MAX_ADDRESS = 8 * 1024
API_POLICY = b"default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'self'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:;"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DEFAULTS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
OVER_TLS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
UTF8 = b"; charset=utf-8"
FAILED = 400
UNLOGGED = {"track", "operations"}  # the metrics count them; a line each would drown the others
HIDDEN = {b"server", b"x-powered-by"}


class Dressed:
    """One request's `send`: adds the headers of every answer and notes its status."""

    __slots__ = ("_cors", "_exchange", "_head", "_secure", "_send")

    def __init__(self, exchange: Exchange, send: Send, cors: Cors, *, secure: bool) -> None:
        self._exchange = exchange
        self._send = send
        self._cors = cors
        self._secure = secure
        self._head = exchange.head

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._exchange.status = message["status"]
            message["headers"] = self._headers(message["headers"])
        elif self._head:
            message = {**message, "body": b""}
        await self._send(message)

    def _headers(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        exchange = self._exchange
        headers = [(name.lower(), value) for name, value in given if name.lower() not in HIDDEN]
        named = dict(headers)
        kind = named.get(b"content-type", b"")
        if kind.count(UTF8) > 1:  # Litestar adds it to every text, said already or not
            kind = kind.replace(UTF8, b"", 1)
            headers = [(name, kind if name == b"content-type" else value) for name, value in headers]
        headers += [pair for pair in DEFAULTS if pair[0] not in named]
        if b"content-security-policy" not in named:
            page = kind.startswith(b"text/html")
            policy = PAGE_POLICY.format(nonce=exchange.nonce).encode() if page else API_POLICY
            headers.append((b"content-security-policy", policy))
        if self._secure:
            headers.append(OVER_TLS)
        headers += exchange.headers
        if OPEN not in exchange.headers:
            headers += self._cors.headers(exchange.scope)
        headers.append((b"x-request-id", exchange.request_id.encode()))
        return headers


class Shell:
    """An ASGI application around Litestar's; HEAD is answered as GET without the body."""

    def __init__(self, app: Litestar, parts: Parts, direct: Mapping[tuple[str, str], Direct]) -> None:
        self.app = app
        self._direct = direct
        self._open = {path for (_, path), route in direct.items() if route.open}
        self.parts = parts
        self._log = structlog.get_logger("shoplytics.access").bind()  # once: binding costs more than a line
        self._cors = Cors(parts.settings.cors_origins)
        self._secure = parts.settings.public_url.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)  # type: ignore[arg-type]  # plain dicts either way
            return
        given = header(scope, b"x-request-id")
        head = scope["method"] == "HEAD"
        if head:
            scope = {**scope, "method": "GET"}
        exchange = Exchange(scope, self.parts, given if given and SANE_ID(given) else None, head=head)
        begin(exchange)
        dressed = Dressed(exchange, send, self._cors, secure=self._secure)
        try:
            await self._answer(exchange, receive, dressed.send)
        finally:
            exchange.patience = None  # it knows the task, whose context knows the exchange: a circle
            self._note(exchange)

    async def _answer(self, exchange: Exchange, receive: Receive, send: Send) -> None:
        scope = exchange.scope
        try:
            if len(scope["query_string"]) + len(scope["path"]) > MAX_ADDRESS:
                raise Invalid("The address is too long.", code="address_too_long")
            if "\x00" in scope["path"]:
                raise Invalid("NUL is not allowed in an address.", code="invalid_text")
            direct = self._direct.get((scope["method"], scope["path"]))
            if direct is not None:
                await direct(exchange, receive, send)
                return
            if self._is_preflight(exchange):
                await self._cors.answer(send)
                return
            await self.app(scope, receive, send)  # type: ignore[arg-type]  # plain dicts either way
        except Exception as error:
            if exchange.status:
                raise
            await _send_problem(send, error)

    def _is_preflight(self, exchange: Exchange) -> bool:
        """From an allowed origin, or of a route that is open to every origin."""
        scope = exchange.scope
        asked = scope["method"] == "OPTIONS" and header(scope, b"access-control-request-method") is not None
        if asked and scope["path"] in self._open:
            exchange.headers.append(OPEN)
            return True
        return asked and self._cors.is_preflight(scope)

    def _note(self, exchange: Exchange) -> None:
        seconds = perf_counter() - exchange.started
        plan = exchange.plan
        template = plan.template if plan is not None else "(no route)"
        self.parts.metrics.observe(exchange.scope["method"], template, exchange.status, seconds)
        if plan is not None and plan.budget in UNLOGGED and exchange.status < FAILED:
            return
        self._log.info(
            "request",
            method=exchange.scope["method"],
            route=template,
            status=exchange.status,
            ms=round(seconds * 1000, 1),
            actor=exchange.actor.label,
            request_id=exchange.request_id,
        )


async def _send_problem(send: Send, error: Exception) -> None:
    problem = problem_of(error)
    body = to_json(problem.document)
    headers = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    headers += [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
