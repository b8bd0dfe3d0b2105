"""What this is, signing in and out, and the console's first page."""

import re
from typing import Annotated, Any, TypeAlias

from litestar import Controller, Request, Response, get, post
from litestar.params import QueryParameter

from shoplytics.console.browser import Browser
from shoplytics.console.pages import SIGN_IN, Pages, to
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.errors import Forbidden, Invalid, RateLimited, ShopError, Unauthenticated, Unavailable
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import ConsoleSessions

HOME = "/console"
OURS = re.compile(r"/console(/[A-Za-z0-9-]+)*")
FORM_BYTES = 16 * 1024
STATUSES = (
    (Unauthenticated, 401),
    (Forbidden, 403),
    (RateLimited, 429),
    (Unavailable, 503),
)
CODE_WANTED = {"totp_required", "invalid_totp_code"}
Asked: TypeAlias = Request[Any, Any, Any]
Next = Annotated[str, QueryParameter(name="next", max_length=200)]


def _inside(path: str) -> str:
    """Only ever a page of ours, or a link to us would lead anywhere."""
    return path if OURS.fullmatch(path) else HOME


class HomePage(Controller):
    include_in_schema = False

    @get("/", permission="console:home", budget="docs", console=True)
    async def home(self, request: Asked, pages: Pages) -> Response[bytes]:
        """What this is."""
        return pages.show("home.html", headers=request.scope["headers"])

    @get("/console/style.css", permission="console:home", budget="docs", console=True)
    async def style(self, pages: Pages) -> Response[bytes]:
        """How all pages look."""
        return pages.style()


class ConsolePages(Controller):
    path = "/console"
    include_in_schema = False

    @get(permission="console:read", budget="docs", console=True)
    async def console(self, request: Asked, pages: Pages, actor: Actor) -> Response[bytes]:
        """Where to go from here."""
        return pages.show("console.html", headers=request.scope["headers"], actor=actor)

    @get("/sign-in", permission="console:door", budget="docs", console=True)
    async def door(self, request: Asked, pages: Pages, wanted: Next = HOME) -> Response[bytes]:
        """The form."""
        return _form(pages, request, wanted=wanted)

    @post(
        "/sign-in",
        permission="console:sign-in",
        budget="auth",
        console=True,
        raw_body=True,
        body_limit=FORM_BYTES,
    )
    async def sign_in(
        self,
        request: Asked,
        pages: Pages,
        browser: Browser,
        client: Client,
        console_sessions: ConsoleSessions,
    ) -> Response[bytes]:
        """Counted and answered as `POST /auth/login`."""
        fields = browser.read(request.scope["headers"], await request.body())
        wanted, identifier = fields.get("next", HOME), fields.get("identifier", "")[:254]
        try:
            key = await console_sessions.sign_in(
                identifier=identifier,
                password=fields.get("password", "")[:1024],
                totp_code=fields.get("code", "").strip()[:64] or None,
                client=client,
            )
        except (Unauthenticated, Forbidden, Invalid, RateLimited, Unavailable) as refused:
            return _form(pages, request, wanted=wanted, identifier=identifier, refused=refused)
        return to(_inside(wanted), cookies=[browser.session_cookie(key)])

    @post(
        "/sign-out",
        permission="console:read",
        budget="docs",
        console=True,
        raw_body=True,
        body_limit=FORM_BYTES,
    )
    async def sign_out(
        self, request: Request[Any, Any, Any], browser: Browser, console_sessions: ConsoleSessions
    ) -> Response[bytes]:
        """Ends the session, everywhere at once."""
        headers = request.scope["headers"]
        browser.read(headers, await request.body())
        key = browser.session_key(headers)
        if key is not None:
            await console_sessions.sign_out(key)
        return to(SIGN_IN, cookies=[browser.forgotten()])


def _form(
    pages: Pages, request: Asked, *, wanted: str, identifier: str = "", refused: ShopError | None = None
) -> Response[bytes]:
    return pages.show(
        "sign_in.html",
        headers=request.scope["headers"],
        status=200 if refused is None else _status(refused),
        more=None if refused is None else _retry(refused),
        wanted=_inside(wanted),
        identifier=identifier,
        problem=refused and str(refused),
        asks_code=refused is not None and refused.code == "totp_required",
        wants_code=refused is not None and refused.code in CODE_WANTED,
    )


def _status(refused: ShopError) -> int:
    return next((status for kind, status in STATUSES if isinstance(refused, kind)), 400)


def _retry(refused: ShopError) -> dict[str, str]:
    if isinstance(refused, RateLimited | Unavailable):
        return {"retry-after": str(refused.retry_after or 1)}
    return {}
