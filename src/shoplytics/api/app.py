"""The application: every module's routes behind one edge."""

import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.exceptions import LitestarDeprecationWarning
from litestar.handlers import HTTPRouteHandler

from shoplytics import console, operations
from shoplytics.adapters.postgres.work import Work
from shoplytics.api.access import Gate
from shoplytics.api.answers import ViewResponse, if_match_of
from shoplytics.api.asgi import header
from shoplytics.api.direct import direct_routes
from shoplytics.api.edge import Edge
from shoplytics.api.exchange import current
from shoplytics.api.limits import Limits
from shoplytics.api.openapi import MoneySchema, build_document
from shoplytics.api.parts import Alone, Parts, WithWork
from shoplytics.api.plans import Plan, permissions_of, plans_of
from shoplytics.api.problems import answer_of
from shoplytics.api.replays import HEADER
from shoplytics.api.shell import Shell
from shoplytics.bootstrap import ALONE, MODULES, WITH_WORK, open_infra
from shoplytics.console import CONSOLE
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.module import Module
from shoplytics.operations import OPERATIONS
from shoplytics.operations.docs import ApiDocument
from shoplytics.operations.logs import configure_logs
from shoplytics.operations.metrics import Metrics
from shoplytics.ports.edge import Client, Upload
from shoplytics.settings import Settings

PREFIX = "/api/v1"


class Api(Shell):
    """The ASGI application; enter `lifespan()` (a server does it by itself) before the first request.

    `plans` holds what the edge knows of each route.
    """

    plans: Mapping[HTTPRouteHandler, Plan]

    def lifespan(self) -> AbstractAsyncContextManager[None]:
        return self.app.lifespan()


def _service(name: str) -> Callable[[], Awaitable[object]]:
    async def provide() -> object:
        return await current().service(name)

    return provide


async def _work() -> Work:
    return await current().open_work()


async def _actor() -> Actor:
    return current().actor


async def _client() -> Client:
    return current().client


async def _metrics() -> Metrics:
    return current().parts.metrics


async def _nonce() -> str:
    return current().nonce


async def _upload() -> Upload:
    upload = current().upload
    assert upload is not None  # noqa: S101 - edge.py makes it for handlers that ask
    return upload.upload()


async def _if_match() -> int | None:
    return if_match_of(current().scope)


async def _idempotency_key() -> str | None:
    """As it came in; edge.py has refused one that is none."""
    return header(current().scope, HEADER)


OWN: dict[str, Callable[[], Awaitable[object]]] = {
    "actor": _actor,
    "client": _client,
    "idempotency_key": _idempotency_key,
    "if_match": _if_match,
    "metrics": _metrics,
    "nonce": _nonce,
    "upload": _upload,
    "work": _work,
}


def _dependencies(parts: Parts, document: ApiDocument) -> dict[str, Provide]:
    async def api_document() -> ApiDocument:
        return document

    shared = {"api_document": Provide(api_document)}
    return shared | {name: Provide(function) for name, function in _given(parts).items()}


def _given(parts: Parts) -> dict[str, Callable[[], Awaitable[object]]]:
    return {name: _service(name) for name in parts.names} | OWN


def create_app(
    settings: Settings,
    *,
    modules: Sequence[Module] = MODULES,
    with_work: WithWork = WITH_WORK,
    alone: Alone = ALONE,
) -> Api:
    """Raises RouteError, in one sentence, for a route without a declared permission."""
    configure_logs()
    modules = (*modules, OPERATIONS, CONSOLE)
    parts = Parts(
        settings,
        with_work={**with_work, **operations.WITH_WORK},
        alone={**alone, **operations.ALONE, **console.ALONE},
    )
    plans: dict[HTTPRouteHandler, Plan] = {}

    @asynccontextmanager
    async def opened(_: Litestar) -> AsyncIterator[None]:
        async with open_infra(settings, modules=modules) as infra:
            parts.opened(infra)
            try:
                yield
            finally:
                parts.opened(None)

    document = ApiDocument(lambda: build_document(app, plans, settings.public_url))
    limits, gate = Limits(settings), Gate(parts)
    edge: Any = partial(Edge, plans=plans, gate=gate, limits=limits)
    controllers = [controller for module in modules for controller in module.routes]
    with warnings.catch_warnings():
        # Litestar 3 will want a marker on every parameter; the pinned 2.x reads plain ones.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        app = Litestar(
            route_handlers=[Router(PREFIX, route_handlers=controllers), *operations.ROOT, *console.ROOT],
            dependencies=_dependencies(parts, document),
            plugins=[MoneySchema()],
            middleware=[edge],
            exception_handlers={Exception: answer_of},
            response_class=ViewResponse,
            lifespan=[opened],
            logging_config=None,
            openapi_config=None,
            request_max_body_size=None,
        )
    plans.update(plans_of(app, permissions_of(modules), parts))
    api = Api(app, parts, direct_routes(plans, _given(parts), limits=limits, gate=gate))
    api.plans = plans
    return api
