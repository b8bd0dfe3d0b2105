"""Routes of identity: `/auth` for whoever comes, `/me` for whoever is known."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import Parameter

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.errors import Unauthenticated
from shoplytics.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from shoplytics.modules.identity.schemas import (
    ProfileChange,
    Refresh,
    Registration,
    SetUp,
    SignIn,
    TokenToVerify,
)
from shoplytics.modules.identity.service import IdentityService, SessionsService, SignInService
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import SessionView, TokenPair, TokenView, UserView

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]


class AuthController(Controller):
    path = "/auth"
    tags = ("Auth",)

    @post("/register", permission="auth:register")
    async def register(self, data: Registration, identity: IdentityService) -> UserView:
        """Make an account. The answer is the same for an address that has one; its owner is told by mail."""
        return await identity.register(form=data)

    @post("/login", permission="auth:login", status_code=200)
    async def login(self, data: SignIn, client: Client, sign_in: SignInService) -> TokenPair:
        """Sign in by e-mail address, username or verified phone number."""
        return await sign_in.sign_in(
            identifier=data.identifier, password=data.password, client=client, totp_code=data.totp_code
        )

    @post("/refresh", permission="auth:refresh", status_code=200)
    async def refresh(self, data: Refresh, sessions: SessionsService) -> TokenPair:
        """Exchange a refresh token, once, for the next pair. Using one twice ends its session."""
        return await sessions.refresh(refresh_token=data.refresh_token)

    @post("/logout", permission="auth:logout", status_code=204)
    async def logout(self, actor: Actor, sessions: SessionsService) -> None:
        """End the session of the access token, with all its tokens."""
        if actor.session_id is not None:
            await sessions.log_out(session_id=actor.session_id)

    @post("/verify", permission="auth:verify", status_code=200)
    async def verify(self, data: TokenToVerify, sessions: SessionsService) -> TokenView:
        """Whether an access token is good: 200 with what it proves, or 401."""
        return await sessions.verify(token=data.token)

    @post("/setup", permission="auth:setup")
    async def set_up(self, data: SetUp, identity: IdentityService) -> UserView:
        """Make the platform's first administrator with the one-time token printed at the first start."""
        return await identity.set_up(token=data.token, email=data.email, password=data.password)


class MeController(Controller):
    path = "/me"
    tags = ("Me",)

    @get(permission="me:read")
    async def me(self, actor: Actor, identity: IdentityService) -> UserView:
        """Who you are."""
        return await identity.me(user_id=user_of(actor))

    @patch(permission="me:write")
    async def change(
        self, data: ProfileChange, actor: Actor, identity: IdentityService, if_match: int | None
    ) -> UserView:
        """Change your profile; a new phone number has to be verified anew."""
        return await identity.change_profile(user_id=user_of(actor), change=data, if_match=if_match)

    @get("/sessions", permission="me:read")
    async def sessions(
        self, actor: Actor, identity: IdentityService, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[SessionView]:
        """Where you are signed in, newest first."""
        return await identity.list_sessions(
            user_id=user_of(actor), current=actor.session_id, cursor=cursor, limit=limit
        )

    @delete("/sessions/{session_id:uuid}", permission="me:write")
    async def end_session(self, session_id: UUID, actor: Actor, identity: IdentityService) -> None:
        """Sign out there; its access token is dead within seconds."""
        await identity.end_session(user_id=user_of(actor), session_id=session_id)


def user_of(actor: Actor) -> UUID:
    """The signed-in user; the edge lets nobody else reach a route for users."""
    if actor.user_id is None:
        raise Unauthenticated
    return actor.user_id
