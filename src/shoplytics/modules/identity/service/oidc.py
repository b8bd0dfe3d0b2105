"""Signing in through a provider (OpenID Connect, authorization code with PKCE)."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.emails import normal_email
from shoplytics.kernel.errors import Invalid, NotFound
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.paging import Page
from shoplytics.modules.identity.domain.errors import SecondFactorNeeded
from shoplytics.modules.identity.domain.identifiers import IdentifierKind, plain_name
from shoplytics.modules.identity.domain.oidc import (
    SECOND_LIFE,
    STATE_LIFE,
    AccountEmailUnverified,
    AddressNotFree,
    InvalidState,
    LastWayIn,
    ProviderEmailUnverified,
    ProviderRefused,
    UnknownProvider,
)
from shoplytics.modules.identity.domain.tokens import digest, new_secret
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import Accounts, UserRepository
from shoplytics.modules.identity.ports.oidc import (
    Link,
    LinkedAccount,
    LinkedAccounts,
    LinkRepository,
    SignInStates,
    StartedSignIn,
)
from shoplytics.modules.identity.service.guard import Attempt, Guard
from shoplytics.modules.identity.service.opening import SessionOpening
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import OidcLinkView, OidcProviderView, SecurityChanged, TokenPair
from shoplytics.ports.sign_in import Nonces, ProvidedIdentity, ProviderAnswerInvalid, SignInProvider
from shoplytics.ports.vault import Vault

Providers = Mapping[str, SignInProvider]
LONGEST_NAME = 100
ERROR = re.compile(r"[a-z_]{1,64}")
BASE = "/api/v1/auth/oidc"


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """`browser` is the cookie that the browser has to bring back."""

    url: str
    browser: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider sent the browser back with; every part may be made up."""

    state: str | None
    code: str | None
    error: str | None
    issuer: str | None


class OidcService:
    """One per process; holds no connection while a provider is asked.

    `public_url` is all that the way back is made of: no request says where to go.
    """

    def __init__(
        self,
        *,
        providers: Providers,
        states: SignInStates,
        links: LinkedAccounts,
        accounts: Accounts,
        vault: Vault,
        guard: Guard,
        opening: SessionOpening,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._providers = providers
        self._states = states
        self._links = links
        self._accounts = accounts
        self._vault = vault
        self._guard = guard
        self._opening = opening
        self._public_url = public_url.rstrip("/")
        self._clock = clock
        self.over_tls = urlsplit(public_url).scheme == "https"

    def list_providers(self) -> Page[OidcProviderView]:
        """By name."""
        base = self._public_url + BASE
        return Page(
            items=[
                OidcProviderView(name=name, issuer=self._providers[name].issuer, url=f"{base}/{name}")
                for name in sorted(self._providers)
            ]
        )

    async def begin(self, *, provider: str, browser: str | None) -> Begun:
        """A sign-in of this browser, good for ten minutes. Raises UnknownProvider, ProviderUnavailable.

        A browser that has its cookie keeps it, so that two tabs may sign in side by side.
        """
        asked = self._provider(provider)
        state, mark = new_secret(), browser or new_secret()
        nonces = Nonces(nonce=new_secret(), verifier=new_secret())
        url = await asked.authorization_url(
            state=state, nonces=nonces, redirect_uri=self._redirect_uri(provider)
        )
        now, state_hash = self._clock(), digest(state)
        await self._states.start(
            StartedSignIn(
                state_hash=state_hash,
                provider=provider,
                browser_hash=digest(mark),
                secrets=self._vault.seal(msgspec.json.encode(nonces), context=_context(state_hash)),
                created_at=now,
                expires_at=now + STATE_LIFE,
            )
        )
        return Begun(url=url, browser=mark)

    async def finish(
        self, *, provider: str, answer: Answer, browser: str | None, client: Client
    ) -> TokenPair:
        """The tokens of a new session, for exactly one use of an answer.

        Raises UnknownProvider, InvalidState, OtherBrowser, ProviderRefused, ProviderUnavailable,
        ProviderAnswerInvalid, what `_account` raises, and SecondFactorNeeded with a token for `second_step`.
        """
        asked = self._provider(provider)
        if not answer.state:
            raise InvalidState
        state_hash = digest(answer.state)
        sealed = await self._states.take(
            state_hash=state_hash,
            provider=provider,
            browser_hash=digest(browser or ""),
            now=self._clock(),
        )
        if answer.error is not None:
            raise ProviderRefused(extra={"provider_error": _known_error(answer.error)})
        if not answer.code:
            raise ProviderAnswerInvalid
        nonces = msgspec.json.decode(self._vault.open(sealed, context=_context(state_hash)), type=Nonces)
        identity = await asked.identify(
            code=answer.code,
            issuer=answer.issuer,
            nonces=nonces,
            redirect_uri=self._redirect_uri(provider),
        )
        found = await self._account(asked, identity, client)
        self._opening.allow(found.account)
        try:
            await self._opening.second_step(Attempt(), user_id=found.account.user_id, totp_code=None)
        except SecondFactorNeeded:
            raise SecondFactorNeeded(
                extra={"second_factor_token": await self._wait(state_hash, found)}
            ) from None
        return await self._open(found, client)

    async def second_step(
        self, *, provider: str, token: str, totp_code: str, browser: str | None, client: Client
    ) -> TokenPair:
        """What `finish` left open. A wrong code counts as a guess and leaves the token good.

        Raises UnknownProvider, InvalidState, TooManyGuesses, WrongSecondFactor, AccountDisabled.
        """
        self._provider(provider)
        second_hash = digest(token)
        link_id = await self._states.waiting(
            second_hash=second_hash, provider=provider, browser_hash=digest(browser or ""), now=self._clock()
        )
        found = await self._links.by_id(link_id) if link_id is not None else None
        if found is None:
            raise InvalidState
        user_id = found.account.user_id
        async with self._guard.guess(user_id=user_id, name="", address=client.address) as attempt:
            await self._opening.second_step(attempt, user_id=user_id, totp_code=totp_code)
        self._opening.allow(found.account)
        if not await self._states.finish(second_hash):
            raise InvalidState
        return await self._open(found, client)

    def _provider(self, name: str) -> SignInProvider:
        try:
            return self._providers[name]
        except KeyError:
            raise UnknownProvider from None

    def _redirect_uri(self, provider: str) -> str:
        return f"{self._public_url}{BASE}/{provider}/callback"

    async def _wait(self, state_hash: bytes, found: LinkedAccount) -> str:
        token = new_secret()
        await self._states.wait(
            state_hash=state_hash,
            link_id=found.link_id,
            second_hash=digest(token),
            until=self._clock() + SECOND_LIFE,
        )
        return token

    async def _open(self, found: LinkedAccount, client: Client) -> TokenPair:
        pair = await self._opening.open(found.account, client=client)
        await self._links.used(found.link_id, now=self._clock())
        return pair

    async def _account(
        self, provider: SignInProvider, identity: ProvidedIdentity, client: Client
    ) -> LinkedAccount:
        """The subject's account; a new subject's by its address, which both sides must have proved.

        Raises ProviderEmailUnverified, AccountEmailUnverified, AccountDisabled, AddressNotFree.
        """
        found = await self._links.find(issuer=provider.issuer, subject=identity.subject)
        if found is None:
            await self._link(provider, identity, _vouched_email(identity), client)
            found = await self._links.find(issuer=provider.issuer, subject=identity.subject)
        if found is None:
            raise AddressNotFree
        return found

    async def _link(
        self, provider: SignInProvider, identity: ProvidedIdentity, email: str, client: Client
    ) -> None:
        """To the account of the address, whose owner is told; without one, a new account."""
        now = self._clock()
        known = await self._accounts.find(IdentifierKind.EMAIL, email)
        user = User(
            email=email,
            email_verified_at=now,
            first_name=plain_name(identity.first_name)[:LONGEST_NAME],
            last_name=plain_name(identity.last_name)[:LONGEST_NAME],
            created_at=now,
        )
        link = Link(
            id=new_id(),
            user_id=known.user_id if known else user.id,
            issuer=provider.issuer,
            subject=identity.subject,
            created_at=now,
            last_used_at=now,
        )
        if known is None:
            await self._links.make(user, link)
            return
        if not known.verified:
            raise AccountEmailUnverified
        self._opening.allow(known)
        noted = SecurityChanged(
            user_id=known.user_id,
            what="provider_linked",
            detail=provider.name,
            device=client.user_agent[:256],
            occurred_at=now,
        )
        await self._links.link(link, email=email, noted=noted)


class OidcLinks:
    """One's own links, within one unit of work."""

    def __init__(self, *, users: UserRepository, links: LinkRepository, providers: Mapping[str, str]) -> None:
        """`providers`: the name of each issuer that is set up."""
        self._users = users
        self._links = links
        self._names = providers

    async def of_user(self, *, user_id: UUID) -> Page[OidcLinkView]:
        """Oldest first; `provider` is null for one that is no longer set up here."""
        return Page(
            items=[
                OidcLinkView(
                    id=link.id,
                    provider=self._names.get(link.issuer),
                    issuer=link.issuer,
                    created_at=link.created_at,
                    last_used_at=link.last_used_at,
                )
                for link in await self._links.of_user(user_id)
            ]
        )

    async def remove(self, *, user_id: UUID, link_id: UUID) -> None:
        """Raises NotFound, and LastWayIn where neither a password nor another provider is left."""
        user = await self._users.for_update(user_id)
        links = await self._links.of_user(user_id)
        if all(link.id != link_id for link in links):
            raise NotFound
        others = [link for link in links if link.id != link_id and link.issuer in self._names]
        if user.password_hash is None and not others:
            raise LastWayIn
        await self._links.remove(user_id=user_id, link_id=link_id)


def _context(state_hash: bytes) -> str:
    return f"identity_oidc_state:secrets:{state_hash.hex()}"


def _vouched_email(identity: ProvidedIdentity) -> str:
    """Raises ProviderEmailUnverified: an address that is only claimed may be anybody's."""
    if identity.email is None or not identity.email_verified:
        raise ProviderEmailUnverified
    try:
        return normal_email(identity.email)
    except Invalid:
        raise ProviderEmailUnverified from None


def _known_error(text: str) -> str:
    """The error as the standard names them; anything else may be made up by whoever sent the browser here."""
    return text if ERROR.fullmatch(text) else "other"
