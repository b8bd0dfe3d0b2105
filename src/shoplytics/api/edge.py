"""The one middleware around every route: admits, checks the input, ends the work with the answer."""

import asyncio
from collections.abc import Mapping
from typing import cast

from litestar.handlers import HTTPRouteHandler
from litestar.utils.scope.state import ScopeState

from shoplytics.api.access import Gate
from shoplytics.api.answers import not_modified
from shoplytics.api.asgi import App, Message, Receive, Scope, Send
from shoplytics.api.bodies import check_encoding, read_body
from shoplytics.api.exchange import Exchange, current
from shoplytics.api.kept import send_kept
from shoplytics.api.limits import Limits
from shoplytics.api.plans import Pairs, Plan
from shoplytics.api.queries import check_query
from shoplytics.api.replays import Replay, replay_of, send_again
from shoplytics.api.uploads import LimitedReceive, SpooledUpload
from shoplytics.kernel.access import Audience
from shoplytics.kernel.errors import Forbidden, Invalid, ReauthRequired
from shoplytics.ports.tenancy import Denials

FAILED = 400
FORBIDDEN = 403


async def _keep_denial(exchange: Exchange) -> None:
    """What a member or a key tried and may not is written down, once a minute, though it is refused."""
    plan, actor = exchange.plan, exchange.actor
    if plan is None or plan.audience is not Audience.STORE or not exchange.parts.has_alone("denials"):
        return
    store_id = exchange.scope["path_params"]["store_id"]
    if exchange.parts.denied_lately((actor.label, store_id, plan.permission.name)):
        return
    await cast("Denials", exchange.parts.alone("denials")).denied(
        actor=actor, action="denied", target=f"permission:{plan.permission.name}", store_id=store_id
    )


class Answer:
    """Holds the start of the answer back until the work is committed.

    An answer in one piece is sent only after the commit; a streamed one may read from the work while it is
    sent, so its work ends with the last piece. A status from 400 up rolls back.
    """

    __slots__ = ("_exchange", "_replay", "_send", "_start", "_started_well", "_state")

    def __init__(self, exchange: Exchange, state: ScopeState, send: Send, replay: Replay | None) -> None:
        self._exchange = exchange
        self._state = state
        self._send = send
        self._replay = replay
        self._start: Message | None = None
        self._started_well = False

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            self._start = message
            self._started_well = message["status"] < FAILED
            if message["status"] == FORBIDDEN:
                await _keep_denial(self._exchange)
            # Nothing is on the wire yet: a failing commit may still change the answer.
            self._state.response_started = False
            return
        if kind == "http.response.body" and not message.get("more_body", False):
            await self._end_work(message.get("body", b""))
        start, self._start = self._start, None
        if start is not None:
            self._state.response_started = True
            if self._exchange.patience is not None:
                self._exchange.patience.reschedule(None)  # from here on the reader sets the pace
            if not_modified(self._exchange.scope, start):
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await self._send(start)
        await self._send(message)

    async def _end_work(self, body: bytes) -> None:
        work = self._exchange.work
        try:
            if self._started_well:
                if self._replay is not None and self._start is not None:
                    await self._replay.keep(self._start["status"], self._start["headers"], body)
                if work is not None:
                    await work.commit()
        finally:
            self._exchange.work = None
            if work is not None:
                await work.__aexit__(None, None, None)
            if self._replay is not None:
                await self._replay.end()  # whoever is refused may ask again at once


async def _read_input(exchange: Exchange, plan: Plan, receive: Receive, state: ScopeState) -> None:
    """The query and a JSON body. Raises Invalid with the errors of both."""
    scope = exchange.scope
    refused: Invalid | None = None
    if scope["query_string"]:
        try:
            state.parsed_query = check_query(scope["query_string"], plan)
        except Invalid as error:
            refused = error
    if plan.body_type is not None:
        try:
            exchange.body, state.json = await read_body(scope, receive, plan)
        except Invalid as error:
            raise error if refused is None else _together(refused, error) from None
        state.body = exchange.body
    if refused is not None:
        raise refused


def _pairs(state: ScopeState) -> Pairs:
    """The query that `_read_input` has checked."""
    return state.parsed_query if isinstance(state.parsed_query, tuple) else ()


def _together(query: Invalid, body: Invalid) -> Invalid:
    """What could not be read at all tells more than that fields are bad."""
    teller = body if query.code == Invalid.code else query
    return Invalid(str(teller), code=teller.code, errors=(*query.errors, *body.errors))


class Edge:
    """`plans` is filled once the application is built."""

    def __init__(self, app: App, plans: Mapping[HTTPRouteHandler, Plan], gate: Gate, limits: Limits) -> None:
        self.app = app
        self._plans = plans
        self._gate = gate
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        plan = self._plans.get(scope["route_handler"])
        if plan is None:  # the answer to OPTIONS, which Litestar makes
            await self.app(scope, receive, send)
            return
        exchange = current()
        exchange.plan = plan
        exchange.scope = scope
        try:
            if plan.raw_body:  # large bodies take their time; uploads.py bounds each piece
                await self._handle(exchange, plan, receive, send)
                return
            async with asyncio.timeout(plan.seconds) as exchange.patience:
                await self._handle(exchange, plan, receive, send)
        finally:
            await exchange.close()

    async def _handle(self, exchange: Exchange, plan: Plan, receive: Receive, send: Send) -> None:
        scope = exchange.scope
        try:
            await self._limits.admit(exchange, plan, self._gate)
        except ReauthRequired:
            raise
        except Forbidden:
            await _keep_denial(exchange)
            raise
        state = ScopeState.from_scope(scope)  # type: ignore[arg-type]  # a dict either way
        await _read_input(exchange, plan, receive, state)
        if plan.raw_body:
            check_encoding(scope)
            if plan.upload:
                exchange.upload = SpooledUpload(scope, receive, plan.body_limit)
                await exchange.upload.take()
            else:
                receive = LimitedReceive(scope, receive, plan.body_limit)
        if plan.copies is not None:
            await send_kept(exchange, _pairs(state), self.app, receive, send)
            return
        replay = replay_of(exchange, plan) if plan.idempotent else None
        if replay is None:
            await self.app(exchange.scope, receive, Answer(exchange, state, send, None).send)
            return
        kept = await replay.first_answer()
        if kept is not None:
            await send_again(send, kept)
            return
        try:
            await self.app(exchange.scope, receive, Answer(exchange, state, send, replay).send)
        finally:
            await replay.end()
