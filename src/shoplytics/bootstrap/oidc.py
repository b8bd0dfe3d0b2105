"""Sign-in through OpenID providers."""

from contextlib import AsyncExitStack

from shoplytics.adapters.postgres.identity.accounts import PgUsers
from shoplytics.adapters.postgres.identity.doors import PgAccounts
from shoplytics.adapters.postgres.identity.oidc import PgLinkedAccounts, PgOidcLinks, PgSignInStates
from shoplytics.adapters.postgres.identity.sessions import PgLiveSessions
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.identity import session_opening
from shoplytics.bootstrap.infra import Infra
from shoplytics.kernel.clock import Clock
from shoplytics.modules.identity.service.oidc import OidcLinks, OidcService
from shoplytics.ports.sign_in import SignInProvider
from shoplytics.settings import Settings


def open_providers(settings: Settings, clock: Clock, parts: AsyncExitStack) -> dict[str, SignInProvider]:
    """By name; none where none is set up. `parts` closes their connections."""
    if not settings.oidc:
        return {}
    # httpx is 7 MB and a quarter of a second, and most shops sign people in by themselves.
    from shoplytics.adapters.oidc import OidcProvider, open_client  # noqa: PLC0415

    client = open_client()
    parts.push_async_callback(client.aclose)
    return {
        one.name: OidcProvider(
            name=one.name,
            issuer=one.issuer,
            client_id=one.client_id,
            client_secret=one.client_secret,
            client=client,
            clock=clock,
        )
        for one in settings.oidc
    }


def oidc_service(infra: Infra) -> OidcService:
    return OidcService(
        providers=infra.providers,
        states=PgSignInStates(infra.database),
        links=PgLinkedAccounts(infra.database, outbox=infra.outbox),
        accounts=PgAccounts(infra.database),
        vault=infra.vault,
        guard=infra.guard,
        opening=session_opening(infra, PgLiveSessions(infra.database)),
        public_url=infra.settings.public_url,
        clock=infra.clock,
    )


def oidc_links(infra: Infra, work: Work) -> OidcLinks:
    return OidcLinks(
        users=PgUsers(work),
        links=PgOidcLinks(work),
        providers={one.issuer: one.name for one in infra.settings.oidc},
    )
