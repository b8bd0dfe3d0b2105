"""One OpenID provider: found by discovery, asked for codes' tokens (authorization code flow with PKCE)."""

import base64
import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx
import msgspec
import structlog

from shoplytics.adapters.oidc.fetch import OK, Fetch
from shoplytics.adapters.oidc.kept import Kept
from shoplytics.adapters.oidc.tokens import KINDS, Claims, Jwk, TokenRefused, UnknownKey, read
from shoplytics.kernel.clock import Clock
from shoplytics.ports.sign_in import Nonces, ProvidedIdentity, ProviderAnswerInvalid

SCOPE = "openid email profile"
BASIC, POST = "client_secret_basic", "client_secret_post"
DISCOVERY = "/.well-known/openid-configuration"
LONGEST_CODE = 4096

log = structlog.get_logger("shoplytics.oidc")


class Metadata(msgspec.Struct, frozen=True):
    """Of OpenID Connect Discovery 1.0, with its defaults, and RFC 9207."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = (BASIC,)
    authorization_response_iss_parameter_supported: bool = False


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]]


class _Tokens(msgspec.Struct):
    id_token: str
    access_token: str | None = None


class _UserInfo(msgspec.Struct):
    sub: str
    email: object = None
    email_verified: object = None
    given_name: object = None
    family_name: object = None


class OidcProvider:
    """See SignInProvider in ports/sign_in.py."""

    def __init__(
        self,
        *,
        name: str,
        issuer: str,
        client_id: str,
        client_secret: str,
        client: httpx.AsyncClient,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._fetch = Fetch(client, provider=name)
        self._clock = clock
        self._metadata = Kept(self._discover, monotonic=monotonic)
        self._keys = Kept(self._load_keys, monotonic=monotonic)

    async def authorization_url(self, *, state: str, nonces: Nonces, redirect_uri: str) -> str:
        metadata = await self._metadata.get()
        challenge = hashlib.sha256(nonces.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": state,
            "nonce": nonces.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return str(httpx.URL(metadata.authorization_endpoint).copy_merge_params(asked))

    async def identify(
        self, *, code: str, issuer: str | None, nonces: Nonces, redirect_uri: str
    ) -> ProvidedIdentity:
        metadata = await self._metadata.get()
        told = issuer is not None or metadata.authorization_response_iss_parameter_supported
        if told and issuer != self.issuer:
            raise self._refused("answered by another issuer")
        tokens = await self._exchange(metadata, code, nonces, redirect_uri)
        claims = await self._read(metadata, tokens.id_token, nonces)
        source: Claims | _UserInfo = claims
        if claims.email is None and metadata.userinfo_endpoint and tokens.access_token:
            source = await self._user_info(metadata.userinfo_endpoint, tokens.access_token, claims.sub)
        return ProvidedIdentity(
            subject=claims.sub,
            email=_text(source.email) or None,
            email_verified=source.email_verified is True,  # some send "false", which is true enough for `if`
            first_name=_text(source.given_name),
            last_name=_text(source.family_name),
        )

    def _refused(self, reason: str, detail: str = "") -> ProviderAnswerInvalid:
        log.info("oidc_answer_refused", provider=self.name, reason=reason, detail=detail)
        return ProviderAnswerInvalid()

    async def _discover(self) -> Metadata:
        url = self.issuer.rstrip("/") + DISCOVERY
        document = await self._fetch.get(url)
        try:
            metadata = msgspec.convert(document, Metadata)
        except msgspec.ValidationError as error:
            raise self._fetch.failed(url, str(error)) from None
        if metadata.issuer != self.issuer:
            raise self._fetch.failed(url, f"calls itself {metadata.issuer[:200]!r}")
        for endpoint in (
            metadata.authorization_endpoint,
            metadata.token_endpoint,
            metadata.jwks_uri,
            metadata.userinfo_endpoint,
        ):
            if endpoint is not None and not self._is_safe(endpoint):
                raise self._fetch.failed(url, f"names the endpoint {endpoint[:200]!r}")
        if not self._algorithms(metadata):
            raise self._fetch.failed(url, f"signs with none of {', '.join(KINDS)}")
        return metadata

    def _is_safe(self, endpoint: str) -> bool:
        """https; a provider on this machine's loopback may stay there with http."""
        try:
            own, parts = urlsplit(self.issuer), urlsplit(endpoint)
        except ValueError:
            return False
        if parts.username is not None or not parts.hostname:
            return False
        return parts.scheme == "https" or (
            parts.scheme == own.scheme == "http" and parts.hostname == own.hostname
        )

    @staticmethod
    def _algorithms(metadata: Metadata) -> frozenset[str]:
        return frozenset(KINDS) & frozenset(metadata.id_token_signing_alg_values_supported)

    async def _load_keys(self) -> Sequence[Jwk]:
        url = (await self._metadata.get()).jwks_uri
        try:
            return msgspec.convert(await self._fetch.get(url), _KeySet).keys
        except msgspec.ValidationError as error:
            raise self._fetch.failed(url, str(error)) from None

    async def _exchange(self, metadata: Metadata, code: str, nonces: Nonces, redirect_uri: str) -> _Tokens:
        if len(code) > LONGEST_CODE:
            raise self._refused("long code")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": nonces.verifier,
        }
        methods = metadata.token_endpoint_auth_methods_supported
        basic = None
        if BASIC in methods or POST not in methods:
            pair = (
                f"{quote_plus(self._client_id)}:{quote_plus(self._client_secret)}"  # RFC 6749, section 2.3.1
            )
            basic = base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": self._client_id, "client_secret": self._client_secret}
        status, document = await self._fetch.post(metadata.token_endpoint, form=form, basic=basic)
        error = document.get("error") if isinstance(document, dict) else None
        if error in {"invalid_client", "unauthorized_client"}:
            raise self._fetch.failed(metadata.token_endpoint, f"does not know us: {error}")
        if status != OK:
            raise self._refused("code refused", str(error)[:64])
        try:
            return msgspec.convert(document, _Tokens)
        except msgspec.ValidationError:
            raise self._refused("no ID token") from None

    async def _read(self, metadata: Metadata, token: str, nonces: Nonces) -> Claims:
        def claims(keys: Sequence[Jwk]) -> Claims:
            return read(
                token,
                keys,
                algorithms=self._algorithms(metadata),
                issuer=self.issuer,
                client_id=self._client_id,
                nonce=nonces.nonce,
                now=self._clock(),
            )

        try:
            try:
                return claims(await self._keys.get())
            except UnknownKey:
                return claims(await self._keys.renewed())
        except TokenRefused as refusal:
            raise self._refused(str(refusal)) from None

    async def _user_info(self, url: str, access_token: str, subject: str) -> _UserInfo:
        """For providers that keep the address out of ID tokens, as Core 5.4 has it."""
        try:
            found = msgspec.convert(await self._fetch.get(url, bearer=access_token), _UserInfo)
        except msgspec.ValidationError:
            raise self._refused("no user info") from None
        if found.sub != subject:
            raise self._refused("user info of another")
        return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
