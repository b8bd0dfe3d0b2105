"""One request and its answer as the edge knows them."""

import asyncio
import secrets
from contextvars import ContextVar
from time import perf_counter

from shoplytics.adapters.postgres.work import Work
from shoplytics.api.asgi import Scope
from shoplytics.api.clients import client_of
from shoplytics.api.parts import Parts
from shoplytics.api.plans import Plan
from shoplytics.api.uploads import SpooledUpload
from shoplytics.kernel.access import Audience, DbRole
from shoplytics.kernel.actor import ANONYMOUS, Actor
from shoplytics.kernel.ids import new_id
from shoplytics.ports.edge import Client

ROLES = {
    Audience.USER: DbRole.USER,
    Audience.STORE: DbRole.STORE,
    Audience.SYSTEM: DbRole.SYSTEM,
    Audience.PLATFORM: DbRole.PLATFORM,
}


class Exchange:
    """Made by the shell for every request; its unit of work is opened by the first service that asks."""

    __slots__ = (
        "_client",
        "_nonce",
        "_request_id",
        "actor",
        "body",
        "head",
        "headers",
        "parts",
        "patience",
        "plan",
        "scope",
        "started",
        "status",
        "upload",
        "work",
    )

    def __init__(self, scope: Scope, parts: Parts, given_id: str | None, *, head: bool) -> None:
        self.scope = scope
        self.parts = parts
        self.started = perf_counter()
        self.head = head
        self.actor: Actor = ANONYMOUS
        self.plan: Plan | None = None
        self.work: Work | None = None
        self.patience: asyncio.Timeout | None = None
        self.body = b""
        self.upload: SpooledUpload | None = None
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._request_id = given_id
        self._client: Client | None = None
        self._nonce: str | None = None

    @property
    def request_id(self) -> str:
        """The caller's X-Request-Id when it is a sane one, else a new id."""
        if self._request_id is None:
            self._request_id = str(new_id())
        return self._request_id

    @property
    def nonce(self) -> str:
        """What this page's inline scripts carry to be allowed by its content security policy."""
        if self._nonce is None:
            self._nonce = secrets.token_urlsafe(16)
        return self._nonce

    @property
    def client(self) -> Client:
        if self._client is None:
            self._client = client_of(self.scope, self.parts.settings.trusted_proxies)
        return self._client

    async def open_work(self) -> Work:
        """The request's unit of work, scoped by the audience of its permission."""
        if self.work is None:
            plan = self.plan
            assert plan is not None and plan.audience is not Audience.PUBLIC  # noqa: S101, PT018 - plans.py checks it
            in_store = plan.audience is Audience.STORE
            stores = tuple(self.actor.stores)
            if in_store:  # never by the path alone: the database is a wall of its own
                wanted = self.scope["path_params"]["store_id"]
                stores = (wanted,) if wanted in self.actor.stores else ()
            work = self.parts.infra.database.work(
                ROLES[plan.audience],
                user_id=self.actor.user_id,
                store_ids=stores,
                keyed=plan.keyed,
            )
            self.work = await work.__aenter__()
        return self.work

    async def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        work, self.work = self.work, None
        if work is not None:
            await work.__aexit__(None, None, None)
        if self.upload is not None:
            self.upload.close()

    async def service(self, name: str) -> object:
        """A service by its bootstrap name: alone for a public route, else in the unit of work."""
        builder = self.parts.with_work.get(name)
        if builder is None or (self.plan is not None and self.plan.audience is Audience.PUBLIC):
            return self.parts.alone(name)
        return builder(self.parts.infra, await self.open_work())


_current: ContextVar[Exchange] = ContextVar("shoplytics_exchange")


def begin(exchange: Exchange) -> None:
    """Make it the exchange of this task."""
    _current.set(exchange)


def current() -> Exchange:
    """The exchange of the request being answered."""
    return _current.get()
