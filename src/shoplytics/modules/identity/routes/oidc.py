"""`/auth/oidc`: signing in through a provider; `/me/oidc`: the providers that know one."""

from typing import Annotated, Any, TypeAlias
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import QueryParameter
from litestar.response import Redirect

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import Page
from shoplytics.modules.identity.domain.oidc import MARK, STATE_LIFE
from shoplytics.modules.identity.routes import user_of
from shoplytics.modules.identity.schemas import OidcSecondFactor
from shoplytics.modules.identity.service.oidc import Answer, OidcLinks, OidcService
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import OidcLinkView, OidcProviderView, TokenPair

AnyRequest: TypeAlias = Request[Any, Any, Any]
CALLBACK_SECONDS = 30
"""A provider is asked up to four times, each with time-outs of its own."""


def _cookie(*, over_tls: bool, value: str, seconds: int) -> Cookie:
    """`__Host-` keeps other hosts from setting it, where there is TLS; Lax lets it come with the redirect."""
    return Cookie(
        key=_name(over_tls=over_tls),
        value=value,
        max_age=seconds,
        path="/",
        secure=over_tls,
        httponly=True,
        samesite="lax",
    )


def _name(*, over_tls: bool) -> str:
    return "__Host-shoplytics-oidc" if over_tls else "shoplytics-oidc"


def _browser(request: AnyRequest, *, over_tls: bool) -> str | None:
    """What the browser brought back, when it can be of our making."""
    value = request.cookies.get(_name(over_tls=over_tls))
    return value if value is not None and MARK.fullmatch(value) else None


class OidcController(Controller):
    path = "/auth/oidc"
    tags = ("Auth",)

    @get(permission="providers:read")
    async def providers(self, oidc: OidcService) -> Page[OidcProviderView]:
        """The providers that people may sign in with here, by name, all on one page."""
        return oidc.list_providers()

    @get("/{provider:str}", permission="auth:oidc", status_code=302)
    async def begin(self, provider: str, request: AnyRequest, oidc: OidcService) -> Redirect:
        """Send a browser here: it goes on to the provider, with a cookie that ties the sign-in to it.

        Good for ten minutes. 404 `unknown_provider`; 503 `provider_unavailable` when it does not answer.
        """
        begun = await oidc.begin(provider=provider, browser=_browser(request, over_tls=oidc.over_tls))
        seconds = int(STATE_LIFE.total_seconds())
        cookie = _cookie(over_tls=oidc.over_tls, value=begun.browser, seconds=seconds)
        return Redirect(begun.url, status_code=302, cookies=[cookie])

    @get("/{provider:str}/callback", permission="auth:oidc", foreign_query=True, seconds=CALLBACK_SECONDS)
    async def callback(
        self,
        *,
        provider: str,
        request: AnyRequest,
        client: Client,
        oidc: OidcService,
        answer_state: Annotated[str | None, QueryParameter(name="state")] = None,
        code: str | None = None,
        error: str | None = None,
        iss: str | None = None,
    ) -> Response[TokenPair]:
        """Where the provider sends the browser back to; good for one use, in the browser that began.

        401 `invalid_state`, `other_browser`, `invalid_provider_answer`; 403 `provider_refused` with its
        `provider_error`, `provider_email_unverified` when it does not vouch for the address of somebody new;
        409 `account_email_unverified` when the account of that address never proved it. Where two-factor
        sign-in is on: 401 `totp_required` with a `second_factor_token` for `.../second-factor`.
        """
        over_tls = oidc.over_tls
        pair = await oidc.finish(
            provider=provider,
            answer=Answer(state=answer_state, code=code, error=error, issuer=iss),
            browser=_browser(request, over_tls=over_tls),
            client=client,
        )
        return Response(pair, cookies=[_cookie(over_tls=over_tls, value="", seconds=0)])

    @post("/{provider:str}/second-factor", permission="auth:oidc", status_code=200)
    async def second_factor(
        self, provider: str, data: OidcSecondFactor, request: AnyRequest, client: Client, oidc: OidcService
    ) -> Response[TokenPair]:
        """The second step after a provider's right answer, within five minutes, in the same browser."""
        over_tls = oidc.over_tls
        pair = await oidc.second_step(
            provider=provider,
            token=data.second_factor_token,
            totp_code=data.totp_code,
            browser=_browser(request, over_tls=over_tls),
            client=client,
        )
        return Response(pair, cookies=[_cookie(over_tls=over_tls, value="", seconds=0)])


class MyOidcController(Controller):
    path = "/me/oidc"
    tags = ("Me",)

    @get(permission="me:read")
    async def links(self, actor: Actor, oidc_links: OidcLinks) -> Page[OidcLinkView]:
        """The providers that sign you in, oldest first, all on one page."""
        return await oidc_links.of_user(user_id=user_of(actor))

    @delete("/{link_id:uuid}", permission="me:write")
    async def remove(self, link_id: UUID, actor: Actor, oidc_links: OidcLinks) -> None:
        """That provider signs you in no longer; 409 `last_way_in` without a password or another provider."""
        await oidc_links.remove(user_id=user_of(actor), link_id=link_id)
