"""Routes taken past the router, for requests so many and so small that finding them costs more than the work.

The handler is the same function with the same permission, budget and documentation; only Litestar's own
routing, injection and response are left out. It takes `request` and dependencies that need no unit of work,
and returns an ASGI response.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Request
from litestar.handlers import HTTPRouteHandler

from shoplytics.api.access import Gate
from shoplytics.api.asgi import Receive, Scope, Send
from shoplytics.api.bodies import check_encoding
from shoplytics.api.exchange import Exchange
from shoplytics.api.limits import Limits
from shoplytics.api.plans import Plan
from shoplytics.api.queries import check_query
from shoplytics.api.uploads import LimitedReceive

Provider = Callable[[], Awaitable[object]]
OPEN = (b"access-control-allow-origin", b"*")


class Direct:
    """One such route."""

    def __init__(
        self,
        handler: HTTPRouteHandler,
        plan: Plan,
        given: Mapping[str, Provider],
        *,
        limits: Limits,
        gate: Gate,
    ) -> None:
        self._call: Callable[..., Awaitable[Any]] = handler.fn
        self._plan = plan
        names = [name for name in handler.parsed_fn_signature.parameters if name not in {"self", "request"}]
        self._given = [(name, given[name]) for name in names]
        self._limits = limits
        self._gate = gate
        self.open = handler.opt.get("cors") == "any"

    async def __call__(self, exchange: Exchange, receive: Receive, send: Send) -> None:
        """Raises what the handler raises; nothing has been sent then."""
        scope: Scope = exchange.scope
        exchange.plan = self._plan
        if self.open:
            exchange.headers.append(OPEN)
        await self._limits.admit(exchange, self._plan, self._gate)
        if scope["query_string"]:
            check_query(scope["query_string"], self._plan)
        check_encoding(scope)
        taken: Any = LimitedReceive(scope, receive, self._plan.body_limit)
        sent: Any = send
        request: Request[Any, Any, Any] = Request(scope, taken, sent)  # type: ignore[arg-type]  # a dict either way
        arguments = {name: await provide() for name, provide in self._given}
        response = await self._call(request=request, **arguments)
        await response(scope, receive, send)


def direct_routes(
    plans: Mapping[HTTPRouteHandler, Plan], given: Mapping[str, Provider], *, limits: Limits, gate: Gate
) -> dict[tuple[str, str], Direct]:
    """By method and path: the routes whose handler says `direct=True`."""
    return {
        (plan.method, plan.template): Direct(handler, plan, given, limits=limits, gate=gate)
        for handler, plan in plans.items()
        if handler.opt.get("direct")
    }
