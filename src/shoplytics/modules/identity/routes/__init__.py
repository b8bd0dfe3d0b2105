"""Routes of identity: `/auth` for whoever comes, `/me` for whoever is known."""

from typing import Annotated
from uuid import UUID

import structlog
from litestar import Controller, delete, get, patch, post
from litestar.params import Parameter

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.errors import Unauthenticated
from shoplytics.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from shoplytics.modules.identity.domain.codes import Purpose
from shoplytics.modules.identity.schemas import (
    CodeRequest,
    CodeToVerify,
    EmailChange,
    EmailChangeCode,
    EmailToVerify,
    ForgottenPassword,
    LogOut,
    PasswordChange,
    PasswordReset,
    ProfileChange,
    Reauthentication,
    Refresh,
    Registration,
    SetUp,
    SignIn,
    TokenToVerify,
    VerificationResend,
)
from shoplytics.modules.identity.service import (
    CodeService,
    EmailService,
    IdentityService,
    PasswordService,
    SessionsService,
    SignInService,
)
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import (
    Accepted,
    Challenge,
    CodeView,
    SessionView,
    TokenPair,
    TokenView,
    UserView,
)

LOG = structlog.get_logger()
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
    async def logout(self, actor: Actor, sessions: SessionsService, data: LogOut | None = None) -> None:
        """End the session of the access token with all its tokens; `everywhere` ends the others, too."""
        if data is not None and data.everywhere:
            await sessions.log_out_everywhere(user_id=user_of(actor))
        elif actor.session_id is not None:
            await sessions.log_out(session_id=actor.session_id)

    @post("/verify", permission="auth:verify", status_code=200)
    async def verify(self, data: TokenToVerify, sessions: SessionsService) -> TokenView:
        """Whether an access token is good: 200 with what it proves, or 401."""
        return await sessions.verify(token=data.token)

    @post("/reauthenticate", permission="auth:reauthenticate", status_code=204)
    async def reauthenticate(
        self, data: Reauthentication, actor: Actor, client: Client, passwords: PasswordService
    ) -> None:
        """Give the password again, for what wants a recent sign-in (403 `reauth_required`)."""
        await passwords.reauthenticate(
            user_id=user_of(actor),
            session_id=session_of(actor),
            password=data.password,
            totp_code=data.totp_code,
            client=client,
        )

    @post("/setup", permission="auth:setup")
    async def set_up(self, data: SetUp, identity: IdentityService) -> UserView:
        """Make the platform's first administrator with the one-time token printed at the first start.

        An account of that address becomes the administrator's: its password, phone number, second factor
        and providers go, its sessions end. Audit log and server log say so, and a mail tells the address.
        """
        made = await identity.set_up(token=data.token, email=data.email, password=data.password)
        if made.taken_over:
            LOG.info("account_taken_over", user_id=str(made.user.id), command="setup")
        return made.user


class PasswordController(Controller):
    path = "/auth/password"
    tags = ("Auth",)

    @post("/forgot", permission="auth:forgot", status_code=202)
    async def forgot(self, data: ForgottenPassword, passwords: PasswordService) -> Accepted:
        """Ask for a link that sets a new password. The answer is the same for every address."""
        await passwords.forgot(email=data.email)
        return Accepted()

    @post("/reset", permission="auth:reset", status_code=204)
    async def reset(self, data: PasswordReset, client: Client, passwords: PasswordService) -> None:
        """Set a new password with the mailed token, good for 30 minutes and one use. Every session ends."""
        await passwords.reset(token=data.token, password=data.password, client=client)

    @post("/change", permission="auth:change-password", status_code=204)
    async def change(
        self, data: PasswordChange, actor: Actor, client: Client, passwords: PasswordService
    ) -> None:
        """Change the password. Every session ends, this one too; the owner is told by mail."""
        await passwords.change(
            user_id=user_of(actor), current=data.current_password, new=data.new_password, client=client
        )


class EmailController(Controller):
    path = "/auth/email"
    tags = ("Auth",)

    @post("/verify", permission="auth:verify-email", status_code=204)
    async def verify(self, data: EmailToVerify, emails: EmailService) -> None:
        """Prove an e-mail address with the mailed token, good for 24 hours and one use."""
        await emails.verify(token=data.token)

    @post("/resend", permission="auth:verify-email", status_code=202)
    async def resend(self, data: VerificationResend, emails: EmailService) -> Accepted:
        """Ask for another verification mail. The answer is the same for every address."""
        await emails.resend(email=data.email)
        return Accepted()

    @post("/change", permission="auth:change-email", status_code=202)
    async def change(
        self, data: EmailChange, actor: Actor, client: Client, emails: EmailService
    ) -> Challenge:
        """Ask to change the address: a code goes to the new one. One that has an account answers the same."""
        return await emails.ask_change(
            user_id=user_of(actor), email=data.email, password=data.password, client=client
        )

    @post("/change/confirm", permission="auth:change-email", status_code=204)
    async def confirm(
        self, data: EmailChangeCode, actor: Actor, client: Client, emails: EmailService
    ) -> None:
        """Change the address with the code that was mailed to the new one; the former one is told."""
        await emails.confirm_change(
            user_id=user_of(actor), challenge_id=data.challenge_id, code=data.code, client=client
        )


class CodeController(Controller):
    path = "/auth/otp"
    tags = ("Auth",)

    @post("/request", permission="auth:code", status_code=202)
    async def ask(self, data: CodeRequest, actor: Actor, codes: CodeService) -> Challenge:
        """Ask for a one-time code by e-mail or text message. The answer is the same for every address.

        A code lives 5 minutes and bears 5 tries; an address gets 3 codes in 15 minutes.
        """
        return await codes.ask(purpose=Purpose(data.purpose), target=data.target, user_id=actor.user_id)

    @post("/verify", permission="auth:code", status_code=200)
    async def verify(self, data: CodeToVerify, client: Client, codes: CodeService) -> TokenPair | CodeView:
        """Use a code: `login` and `register` answer tokens, the others what is verified now.

        `reset_password` sets `new_password`, or without one answers a `reset_token` for
        `POST /auth/password/reset`.
        """
        return await codes.verify(form=data, client=client)


class MeController(Controller):
    path = "/me"
    tags = ("Me",)

    @get(permission="me:read")
    async def me(self, actor: Actor, identity: IdentityService) -> UserView:
        """Who you are."""
        return await identity.me(user_id=user_of(actor))

    @patch(permission="me:write")
    async def change(
        self,
        *,
        data: ProfileChange,
        actor: Actor,
        identity: IdentityService,
        sessions: SessionsService,
        client: Client,
        if_match: int | None,
    ) -> UserView:
        """Change your profile; a new phone number has to be verified anew.

        For that one the password must have been given within 15 minutes (403 `reauth_required`).
        """
        recent = bool(data.phone) and await sessions.recent(session_id=session_of(actor))
        return await identity.change_profile(
            user_id=user_of(actor), change=data, if_match=if_match, recent=recent, client=client
        )

    @get("/sessions", permission="me:read")
    async def sessions(
        self, actor: Actor, identity: IdentityService, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[SessionView]:
        """Where you are signed in, newest first."""
        return await identity.list_sessions(
            user_id=user_of(actor), current=actor.session_id, cursor=cursor, limit=limit
        )

    @delete("/sessions", permission="me:write")
    async def end_other_sessions(self, actor: Actor, identity: IdentityService) -> None:
        """Sign out everywhere but here."""
        await identity.end_other_sessions(user_id=user_of(actor), session_id=session_of(actor))

    @delete("/sessions/{session_id:uuid}", permission="me:write")
    async def end_session(self, session_id: UUID, actor: Actor, identity: IdentityService) -> None:
        """Sign out there; its access token is dead within seconds."""
        await identity.end_session(user_id=user_of(actor), session_id=session_id)


def user_of(actor: Actor) -> UUID:
    """The signed-in user; the edge lets nobody else reach a route for users."""
    if actor.user_id is None:
        raise Unauthenticated
    return actor.user_id


def session_of(actor: Actor) -> UUID:
    """The session the caller speaks from; users have one."""
    if actor.session_id is None:
        raise Unauthenticated
    return actor.session_id
