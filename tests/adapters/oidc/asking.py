"""How these tests ask a provider, and what they call time."""

import pytest

from shoplytics.adapters.oidc import OidcProvider
from shoplytics.ports.sign_in import Nonces, ProvidedIdentity, ProviderAnswerInvalid

NONCES = Nonces(nonce="n" * 43, verifier="v" * 43)
BACK = "https://shop.example/api/v1/auth/oidc/forge/callback"
DISCOVERY = "/.well-known/openid-configuration"


class Seconds:
    """A clock that only tests move."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed


async def identify(provider: OidcProvider, *, issuer: str | None = None) -> ProvidedIdentity:
    return await provider.identify(code="code-1", issuer=issuer, nonces=NONCES, redirect_uri=BACK)


async def refused(provider: OidcProvider, capsys: pytest.CaptureFixture[str], reason: str) -> None:
    """Everybody hears the same; the reason is in the log, for whoever runs the shop."""
    capsys.readouterr()
    with pytest.raises(ProviderAnswerInvalid):
        await identify(provider)
    said = capsys.readouterr().out
    assert reason in said
