"""Providers that vouch for people (OpenID Connect): what sign-in asks of one."""

from typing import Protocol

import msgspec

from shoplytics.kernel.errors import Unauthenticated, Unavailable


class ProviderUnavailable(Unavailable):
    """Unreachable, too slow, or not set up as this deployment believes; the log says which."""

    code = "provider_unavailable"
    message = "The sign-in provider cannot be reached or does not answer as it should; try again."


class ProviderAnswerInvalid(Unauthenticated):
    """One answer for every way a code or an ID token can be wrong; the log says which."""

    code = "invalid_provider_answer"
    message = "The sign-in provider's answer is not valid. Start signing in again."


class Nonces(msgspec.Struct, frozen=True, kw_only=True):
    """What ties a provider's answer to one request: into the ID token goes `nonce`, `verifier` stays here."""

    nonce: str
    verifier: str


class ProvidedIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody is to the provider. `email_verified` only where the provider says so in so many words."""

    subject: str
    email: str | None = None
    email_verified: bool = False
    first_name: str = ""
    last_name: str = ""


class SignInProvider(Protocol):
    """One configured provider. Both calls may wait for it; raises ProviderUnavailable."""

    @property
    def name(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    async def authorization_url(self, *, state: str, nonces: Nonces, redirect_uri: str) -> str:
        """Where the browser has to go."""
        ...

    async def identify(
        self, *, code: str, issuer: str | None, nonces: Nonces, redirect_uri: str
    ) -> ProvidedIdentity:
        """Whom the code speaks for; `issuer` is the answer's `iss`. Raises ProviderAnswerInvalid."""
        ...
