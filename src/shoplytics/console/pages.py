"""Pages out of templates."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from litestar import Response
from litestar.datastructures import Cookie

from shoplytics.console.browser import Browser, Headers
from shoplytics.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
SIGN_IN = "/console/sign-in"
UNKNOWN = 401
# Without an origin in it a form could not be told from one of another site (see Browser).
OURS = {"referrer-policy": "same-origin"}


def _moment(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


@cache
def _environment() -> Any:  # noqa: ANN401 - Jinja2's, which is not loaded before a page is asked for
    # 4 MB that an API without pages never needs.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["moment"] = _moment
    return found


class Pages:
    """Renders the templates of this folder, each page with the token its forms carry."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._browser = Browser(settings)

    def show(
        self,
        template: str,
        *,
        headers: Headers,
        status: int = 200,
        more: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response[bytes]:
        """`headers` are the request's, `more` the answer's."""
        token, cookie = self._browser.form(headers)
        known = {
            "shop": self._settings.brand_title,
            "welcome": self._settings.brand_welcome,
            "form_token": token,
        }
        text: str = _environment().get_template(template).render(**known, **values)
        return Response(
            text.encode(),
            status_code=status,
            media_type="text/html",
            headers={**OURS, **(more or {})},
            cookies=[cookie],
        )

    @staticmethod
    def style() -> Response[bytes]:
        """A file of its own, so that pages need no styles of theirs to be allowed."""
        found = (TEMPLATES / "style.css").read_bytes()
        return Response(found, media_type="text/css", headers={"cache-control": "public, max-age=300"})


def missing(settings: Settings) -> Response[bytes]:
    """For people at an address that leads nowhere."""
    text: str = _environment().get_template("missing.html").render(shop=settings.brand_title)
    return Response(text.encode(), status_code=404, media_type="text/html", headers=OURS)


def to(path: str, *, cookies: Sequence[Cookie] = ()) -> Response[bytes]:
    """Look there, with GET."""
    return Response(b"", status_code=303, headers={"location": path, **OURS}, cookies=list(cookies))


def refusal(
    problem: tuple[int, str, str],
    *,
    path: str,
    headers: Headers,
    settings: Settings,
    more: Mapping[str, str],
) -> Response[bytes]:
    """Status, title and detail of a problem as a page; whoever is not known is asked to sign in."""
    status, title, detail = problem
    if status == UNKNOWN:
        return to(f"{SIGN_IN}?next={quote(path)}")
    return Pages(settings).show(
        "refused.html",
        headers=headers,
        status=status,
        more=more,
        title=title,
        detail=detail,
        inside=path.startswith("/console"),
    )
