"""Identity's services."""

from datetime import timedelta

from shoplytics.adapters.postgres.identity import (
    PgAccounts,
    PgCleaner,
    PgCodes,
    PgCodeTries,
    PgCookies,
    PgGuesses,
    PgLiveSessions,
    PgNetworks,
    PgNewSessions,
    PgOneTimeTokens,
    PgOwnSessions,
    PgUsers,
)
from shoplytics.adapters.postgres.identity.people import PgLeaving
from shoplytics.adapters.postgres.identity.ways_in import PgWaysIn
from shoplytics.adapters.postgres.tenancy import PgAuditLog
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.infra import Infra
from shoplytics.modules.identity.domain.codes import CodeSeal
from shoplytics.modules.identity.domain.tokens import AccessTokens
from shoplytics.modules.identity.ports import OpensSessions
from shoplytics.modules.identity.service import (
    Asking,
    Avatars,
    CodeService,
    ConsoleSessionsService,
    Correspondence,
    EmailService,
    IdentityService,
    PasswordProof,
    PasswordRenewal,
    PasswordService,
    SessionOpening,
    SessionsService,
    SignInService,
)
from shoplytics.modules.identity.service.leaving import AccountEnding


def identity_service(infra: Infra, work: Work) -> IdentityService:
    return IdentityService(
        users=PgUsers(work),
        sessions=PgOwnSessions(work),
        tokens=PgOneTimeTokens(work),
        ways_in=PgWaysIn(work),
        cleaner=PgCleaner(work),
        hasher=infra.hasher,
        correspondence=Correspondence(
            users=PgUsers(work),
            tokens=PgOneTimeTokens(work),
            codes=PgCodes(work),
            seal=CodeSeal(infra.settings.secret_key),
            mails=infra.mails(work),
            public_url=infra.settings.public_url,
            clock=infra.clock,
        ),
        ending=account_ending(infra, work),
        avatars=Avatars(
            users=PgUsers(work),
            jobs=infra.jobs(work),
            pictures=infra.pictures,
            outbox=infra.outbox(work),
        ),
        asking=_asking(infra),
        audit=PgAuditLog(work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def account_ending(infra: Infra, work: Work) -> AccountEnding:
    return AccountEnding(leaving=PgLeaving(work), mails=infra.mails(work), outbox=infra.outbox(work))


def _asking(infra: Infra) -> Asking:
    return Asking(asked=PgGuesses(infra.database, window=timedelta(minutes=15)), clock=infra.clock)


def password_proof(infra: Infra, work: Work) -> PasswordProof:
    opening = session_opening(infra, PgNewSessions(work))
    return PasswordProof(guard=infra.guard, hasher=infra.hasher, opening=opening)


def _renewal(infra: Infra, work: Work) -> PasswordRenewal:
    return PasswordRenewal(
        users=PgUsers(work),
        tokens=PgOneTimeTokens(work),
        codes=PgCodes(work),
        networks=PgNetworks(work),
        ways_in=PgWaysIn(work),
        guard=infra.guard,
        hasher=infra.hasher,
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def password_service(infra: Infra, work: Work) -> PasswordService:
    return PasswordService(
        users=PgUsers(work),
        sessions=PgOwnSessions(work),
        tokens=PgOneTimeTokens(work),
        asking=_asking(infra),
        proof=password_proof(infra, work),
        renewal=_renewal(infra, work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def email_service(infra: Infra, work: Work) -> EmailService:
    return EmailService(
        users=PgUsers(work),
        tokens=PgOneTimeTokens(work),
        codes=PgCodes(work),
        tries=PgCodeTries(infra.database),
        seal=CodeSeal(infra.settings.secret_key),
        asking=_asking(infra),
        guard=infra.guard,
        proof=password_proof(infra, work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def code_service(infra: Infra, work: Work) -> CodeService:
    return CodeService(
        users=PgUsers(work),
        accounts=PgAccounts(infra.database),
        tokens=PgOneTimeTokens(work),
        codes=PgCodes(work),
        tries=PgCodeTries(infra.database),
        seal=CodeSeal(infra.settings.secret_key),
        asking=_asking(infra),
        guard=infra.guard,
        opening=session_opening(infra, PgNewSessions(work)),
        renewal=_renewal(infra, work),
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
        second_factor=infra.second_factor,
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


def console_sessions(infra: Infra) -> ConsoleSessionsService:
    return ConsoleSessionsService(
        sign_in=sign_in_service(infra),
        opening=session_opening(infra, PgLiveSessions(infra.database)),
        sessions=sessions_service(infra),
        cookies=PgCookies(infra.database),
        clock=infra.clock,
    )
