"""Identity's services."""

from datetime import timedelta

from shoplytics.adapters.postgres.identity import (
    PgAccounts,
    PgCleaner,
    PgLiveSessions,
    PgOneTimeTokens,
    PgOwnSessions,
    PgUsers,
)
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.infra import Infra
from shoplytics.modules.identity.domain.tokens import AccessTokens
from shoplytics.modules.identity.ports import OpensSessions
from shoplytics.modules.identity.service import (
    IdentityService,
    SessionOpening,
    SessionsService,
    SignInService,
)


def identity_service(infra: Infra, work: Work) -> IdentityService:
    return IdentityService(
        users=PgUsers(work),
        sessions=PgOwnSessions(work),
        tokens=PgOneTimeTokens(work),
        cleaner=PgCleaner(work),
        hasher=infra.hasher,
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def _access_tokens(infra: Infra) -> AccessTokens:
    settings = infra.settings
    return AccessTokens(
        secret=settings.secret_key,
        issuer=settings.public_url,
        life=timedelta(minutes=settings.access_minutes),
    )


def sessions_service(infra: Infra) -> SessionsService:
    return SessionsService(
        tokens=_access_tokens(infra),
        sessions=PgLiveSessions(infra.database),
        refresh_life=timedelta(days=infra.settings.refresh_days),
        clock=infra.clock,
    )


def session_opening(infra: Infra, sessions: OpensSessions) -> SessionOpening:
    """The last step of every sign-in."""
    return SessionOpening(
        sessions=sessions,
        guard=infra.guard,
        second_factor=None,
        tokens=_access_tokens(infra),
        refresh_life=timedelta(days=infra.settings.refresh_days),
        require_verified=infra.settings.require_verified,
        clock=infra.clock,
    )


def sign_in_service(infra: Infra) -> SignInService:
    return SignInService(
        accounts=PgAccounts(infra.database),
        guard=infra.guard,
        hasher=infra.hasher,
        opening=session_opening(infra, PgLiveSessions(infra.database)),
    )
