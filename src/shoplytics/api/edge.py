"""The one middleware around every route: admits, reads the body, and ends the unit of work with the answer."""

from collections.abc import Mapping

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState

from shoplytics.api.access import Gate
from shoplytics.api.bodies import read_body
from shoplytics.api.exchange import Exchange, current
from shoplytics.api.plans import Plan
from shoplytics.api.queries import check_query

FAILED = 400


class Answer:
    """Holds the start of the answer back until the work is committed.

    An answer in one piece is sent only after the commit; a streamed one may read from the work while it is
    sent, so its work ends with the last piece. A status from 400 up rolls back.
    """

    __slots__ = ("_exchange", "_send", "_start", "_state")

    def __init__(self, exchange: Exchange, state: ScopeState, send: Send) -> None:
        self._exchange = exchange
        self._state = state
        self._send = send
        self._start: HTTPResponseStartEvent | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            # Nothing is on the wire yet: a failing commit may still change the answer.
            self._state.response_started = False
            return
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if last and self._exchange.work is not None:
            await self._end(message.get("body", b"") if self._start is not None else b"")
        if self._start is not None:
            start, self._start = self._start, None
            self._state.response_started = True
            await self._send(start)
        await self._send(message)

    async def _end(self, body: bytes) -> None:
        work, self._exchange.work = self._exchange.work, None
        if work is None:
            return
        try:
            if self._start is None or self._start["status"] < FAILED:
                await work.commit()
        finally:
            await work.__aexit__(None, None, None)


class Edge:
    """`plans` is filled once the application is built."""

    def __init__(self, app: ASGIApp, plans: Mapping[HTTPRouteHandler, Plan], gate: Gate) -> None:
        self.app = app
        self._plans = plans
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        plan = self._plans.get(scope["route_handler"])  # type: ignore[arg-type]
        if plan is None or scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = current()
        exchange.plan = plan
        exchange.scope = scope
        await self._gate.admit(exchange, plan)
        state = ScopeState.from_scope(scope)
        if scope["query_string"]:
            state.parsed_query = check_query(scope["query_string"], plan)
        if plan.body_type is not None:
            state.body, state.json = await read_body(scope, receive, plan)
        answer = Answer(exchange, state, send)
        try:
            await self.app(scope, receive, answer.send)
        finally:
            await exchange.close()
