"""What a browser brings along: cookies, the origin of a form, the name it knows us by."""

import hmac
import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from litestar.datastructures import Cookie

from shoplytics.kernel.errors import Forbidden, UnsupportedMedia
from shoplytics.ports.mails import MAILBOX
from shoplytics.settings import Settings
from shoplytics.settings.plugins import mailer_name

Headers = Iterable[tuple[bytes, bytes]]
SESSION, FORM = "shoplytics", "shoplytics-form"
FORM_TOKEN = "form_token"  # noqa: S105 - a field's name
FORWARDED = {
    b"forwarded",
    b"via",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-real-ip",
}
LONGEST = 12 * 3600


class ForeignForm(Forbidden):
    code = "foreign_form"
    message = "This form is too old or was not ours. Go back, load the page again and try once more."


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _header(headers: Headers, wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == wanted), None)


def _host_name(host: str) -> str:
    """Nothing for what is no host, such as half an IPv6 address."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def at_home(headers: Headers, *, peer: str, settings: Settings) -> bool:
    """Whether nobody but who sits at this machine can be asking, and nobody is mailed for real.

    The name in the Host header keeps out pages of other sites whose name was made to point here, and any
    trace of a proxy those for whom it asks.
    """
    headers = list(headers)
    return (
        mailer_name(settings) == MAILBOX
        and _is_loopback(settings.host)
        and _is_loopback(_host_name(urlsplit(settings.public_url).netloc))
        and _is_loopback(peer)
        and _is_loopback(_host_name(_header(headers, b"host") or ""))
        and not any(name.lower() in FORWARDED for name, _ in headers)
    )


def _is_secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https://")


def _name(plain: str, settings: Settings) -> str:
    """`__Host-`: no other host under our domain and no unencrypted page can set it."""
    return f"__Host-{plain}" if _is_secure(settings) else plain


def _cookie(headers: Headers, name: str) -> str | None:
    given = _header(headers, b"cookie")
    if given is None:
        return None
    try:
        found = SimpleCookie(given).get(name)
    except CookieError:
        return None
    return found.value if found is not None and found.value else None


def session_key(headers: Headers, settings: Settings) -> str | None:
    """The key of the caller's session, if they say that they have one."""
    return _cookie(headers, _name(SESSION, settings))


class Browser:
    """Cookies as we set them, and forms as we believe them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._secret = hmac.digest(settings.secret_key, b"shoplytics:form:1", "sha256")

    def session_key(self, headers: Headers) -> str | None:
        return session_key(headers, self._settings)

    def session_cookie(self, key: str) -> Cookie:
        return self._cookie(SESSION, key, seconds=LONGEST)

    def forgotten(self) -> Cookie:
        return self._cookie(SESSION, "", seconds=0)

    def form(self, headers: Headers) -> tuple[str, Cookie]:
        """The token a form carries, and the cookie it belongs to; an open form elsewhere stays good."""
        key = _cookie(headers, _name(FORM, self._settings)) or secrets.token_urlsafe(32)
        return self._token(key), self._cookie(FORM, key, seconds=LONGEST)

    def read(self, headers: Headers, body: bytes) -> dict[str, str]:
        """The fields of a form of ours. Raises ForeignForm for any other."""
        headers = list(headers)
        kind = (_header(headers, b"content-type") or "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            message = "Send the form as application/x-www-form-urlencoded."
            raise UnsupportedMedia(message)
        try:
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
        except ValueError:
            raise ForeignForm from None
        key = _cookie(headers, _name(FORM, self._settings))
        given = fields.pop(FORM_TOKEN, "").encode()
        if not self._from_here(headers) or key is None or not given.isascii():
            raise ForeignForm
        if not hmac.compare_digest(given, self._token(key).encode()):
            raise ForeignForm
        return fields

    def _from_here(self, headers: list[tuple[bytes, bytes]]) -> bool:
        """Browsers name the page a form was on; ours are at the public address, or on this machine."""
        origin = _header(headers, b"origin")
        if origin is None or origin == self._settings.public_url:
            return origin is not None
        host = _header(headers, b"host") or ""
        return _is_loopback(_host_name(host)) and origin == f"http://{host}"

    def _token(self, key: str) -> str:
        return hmac.new(self._secret, key.encode(errors="surrogateescape"), "sha256").hexdigest()

    def _cookie(self, name: str, value: str, *, seconds: int) -> Cookie:
        return Cookie(
            key=_name(name, self._settings),
            value=value,
            path="/",
            max_age=seconds,
            secure=_is_secure(self._settings),
            httponly=True,
            samesite="lax",
        )
