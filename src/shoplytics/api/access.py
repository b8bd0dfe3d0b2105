"""Who asks, and whether they may: tokens become actors, permissions become answers."""

import time
from collections.abc import Mapping
from typing import cast
from uuid import UUID

from shoplytics.api.asgi import header
from shoplytics.api.exchange import Exchange
from shoplytics.api.parts import Parts
from shoplytics.api.plans import Plan
from shoplytics.console.browser import at_home, session_key
from shoplytics.kernel.access import Audience, Permission, StoreRole
from shoplytics.kernel.actor import ANONYMOUS, Actor, ActorKind
from shoplytics.kernel.errors import Forbidden, NotFound, ReauthRequired, Unauthenticated
from shoplytics.ports.identity import ConsoleSessions, Sessions, TwoFactor
from shoplytics.ports.tenancy import ApiKeys, Memberships

KEY_PREFIX = "sk_"
MEMBERSHIP_SECONDS = 2.0
MEMBERSHIPS_KEPT = 10_000


class InvalidToken(Unauthenticated):
    code = "invalid_token"
    message = "The token is malformed, expired or revoked."


class TwoFactorRequired(Forbidden):
    code = "two_factor_required"
    message = "Administrators need two-factor sign-in here: set it up by POST /me/two-factor, then try again."


class Gate:
    """One per process. A membership is remembered for two seconds, and only ever to let someone in."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._kept: dict[UUID, tuple[float, Mapping[UUID, StoreRole]]] = {}

    async def admit(self, exchange: Exchange, plan: Plan) -> None:
        """Set the exchange's actor. Raises Unauthenticated, Forbidden or NotFound by the audience."""
        await self._recognise(exchange, plan)
        audience = plan.audience
        if audience is Audience.PUBLIC or audience is Audience.SYSTEM:
            return
        actor = exchange.actor
        if actor.kind is ActorKind.ANONYMOUS:
            if plan.at_home and self._at_home(exchange):
                return
            raise Unauthenticated
        if audience is Audience.STORE:
            store_id = exchange.scope["path_params"]["store_id"]
            exchange.actor = await self._member(actor, store_id, plan.permission)
        elif actor.kind is not ActorKind.USER:
            raise Forbidden("An API key cannot do this; sign in as a user.", code="user_required")
        elif audience is Audience.PLATFORM:
            await self._administrator(actor)
        if plan.recent:
            await self._lately(actor)

    async def _administrator(self, actor: Actor) -> None:
        """Where the deployment wants it, with a second factor; `/me/two-factor` stays open to set it up."""
        if not actor.platform_admin or actor.user_id is None:
            raise NotFound
        if self._parts.settings.admin_two_factor and self._parts.has_alone("second_factor"):
            factor = cast("TwoFactor", self._parts.alone("second_factor"))
            if not await factor.is_on(user_id=actor.user_id):
                raise TwoFactorRequired

    async def _recognise(self, exchange: Exchange, plan: Plan) -> None:
        if plan.console:
            if plan.audience not in {Audience.PUBLIC, Audience.SYSTEM}:
                exchange.actor = await self._at_the_console(exchange)
            return
        given = header(exchange.scope, b"authorization")
        if given is not None:
            try:
                exchange.actor = await self._actor(given, plan)
            except Unauthenticated:
                if not plan.signs_in:
                    raise

    async def _at_the_console(self, exchange: Exchange) -> Actor:
        """By the cookie alone: a token that pages took would be one that other sites' pages could spend."""
        key = session_key(exchange.scope["headers"], self._parts.settings)
        if key is None or not self._parts.has_alone("console_sessions"):
            return ANONYMOUS
        caller = await cast("ConsoleSessions", self._parts.alone("console_sessions")).caller(key)
        if caller is None:
            return ANONYMOUS
        return Actor(
            kind=ActorKind.USER,
            user_id=caller.user_id,
            session_id=caller.session_id,
            platform_admin=caller.platform_admin,
            stores=await self._stores(caller.user_id, fresh=True),
        )

    def _at_home(self, exchange: Exchange) -> bool:
        peer = exchange.scope.get("client")
        return at_home(exchange.scope["headers"], peer=peer[0] if peer else "", settings=self._parts.settings)

    async def _lately(self, actor: Actor) -> None:
        """Asked afresh each time, so that proving oneself helps at once. An API key cannot prove anything."""
        sessions = cast("Sessions", self._parts.alone("sessions"))
        if actor.session_id is None or not await sessions.recent(session_id=actor.session_id):
            raise ReauthRequired

    async def _actor(self, given: str, plan: Plan) -> Actor:
        """What could give rights away is asked of the live session; elsewhere it may be two seconds old."""
        scheme, _, token = given.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise InvalidToken
        if token.startswith(KEY_PREFIX):
            if not self._parts.has_alone("api_keys"):
                raise InvalidToken
            return await cast("ApiKeys", self._parts.alone("api_keys")).actor(token)
        if not self._parts.has_alone("sessions"):
            raise InvalidToken
        caller = await cast("Sessions", self._parts.alone("sessions")).caller(
            token, fresh=plan.recent or plan.audience is Audience.PLATFORM
        )
        return Actor(
            kind=ActorKind.USER,
            user_id=caller.user_id,
            session_id=caller.session_id,
            platform_admin=caller.platform_admin,
            stores=await self._stores(caller.user_id, fresh=plan.audience is Audience.USER),
        )

    async def _member(self, actor: Actor, store_id: UUID, permission: Permission) -> Actor:
        if actor.kind is ActorKind.API_KEY:
            if store_id not in actor.stores:
                raise NotFound
            if not permission.keys or permission.name not in actor.scopes:
                raise Forbidden("The API key lacks the scope of this route.", code="missing_scope")
            return actor
        assert actor.user_id is not None  # noqa: S101 - a signed-in actor that is no key is a user
        if actor.stores.get(store_id) not in permission.roles:
            stores = await self._stores(actor.user_id, fresh=True)
            if store_id not in stores:
                raise NotFound
            if stores[store_id] not in permission.roles:
                raise Forbidden
            return Actor(
                kind=actor.kind,
                user_id=actor.user_id,
                session_id=actor.session_id,
                platform_admin=actor.platform_admin,
                stores=stores,
            )
        return actor

    async def _stores(self, user_id: UUID, *, fresh: bool) -> Mapping[UUID, StoreRole]:
        now = time.monotonic()
        kept = self._kept.get(user_id)
        if kept is not None and not fresh and kept[0] > now:
            return kept[1]
        if not self._parts.has_alone("memberships"):
            return {}
        stores = await cast("Memberships", self._parts.alone("memberships")).of_user(user_id)
        if len(self._kept) >= MEMBERSHIPS_KEPT:
            self._kept.clear()
        self._kept[user_id] = (now + MEMBERSHIP_SECONDS, stores)
        return stores
