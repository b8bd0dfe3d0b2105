"""How a handler's view becomes bytes, and how versions become entity tags."""

import hashlib
import re
from typing import Any, TypeVar

from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Serializer

from shoplytics.api.asgi import Message, Scope, header
from shoplytics.kernel.codec import encode_hook, to_json
from shoplytics.kernel.errors import Invalid, Stale

T = TypeVar("T")
OURS = re.compile(r'(?:W/)?"([0-9]{1,18})(?:-[0-9a-f]{16})?"').fullmatch
TAGS = re.compile(r'(?:W/)?("[^"]*")')
KEPT_HEADERS = {b"etag", b"cache-control", b"vary", b"expires", b"content-location", b"last-modified"}


class ViewResponse(Response[T]):
    """JSON by the house's codec; a view with a whole-number `version` gets an ETag.

    If-Match reads the version in it. The rest is made of the bytes, for If-None-Match: a view also shows what
    changes without its version, as a product its stock and the name of its category.
    """

    def to_asgi_response(self, *arguments: Any, **options: Any) -> ASGIResponse:  # noqa: ANN401 - Litestar's own arguments, passed on
        answer = super().to_asgi_response(*arguments, **options)
        version = getattr(self.content, "version", None)
        if type(version) is int:
            digest = hashlib.blake2b(answer.body, digest_size=8).hexdigest()
            answer.headers.setdefault("ETag", f'"{version}-{digest}"')
        return answer

    def render(self, content: Any, media_type: str, enc_hook: Serializer = encode_hook) -> bytes:  # noqa: ANN401
        if isinstance(content, bytes):
            return content
        if isinstance(content, str) and not media_type.endswith("json"):
            return content.encode()
        return to_json(content)


def if_match_of(scope: Scope) -> int | None:
    """The version the caller has seen; None for any. Raises Stale for a tag that no version of ours has.

    A weak tag counts too: proxies that compress weaken ours on the way. So does the version alone, in quotes.
    """
    given = header(scope, b"if-match")
    if given is None or given.strip() == "*":
        return None
    found = OURS(given.strip())
    if found is not None:
        return int(found[1])
    if len(TAGS.findall(given)) > 1:
        raise Invalid("Send one entity tag in If-Match.", code="invalid_header")
    raise Stale


def not_modified(scope: Scope, start: Message) -> bool:
    """Whether If-None-Match names the answer's tag; `start` then becomes a 304 (RFC 9110, section 15.4.5)."""
    wanted = header(scope, b"if-none-match")
    if wanted is None or start["status"] != 200 or scope["method"] not in {"GET", "HEAD"}:  # noqa: PLR2004
        return False
    tag = next((value.decode() for name, value in start["headers"] if name.lower() == b"etag"), None)
    if tag is None or not (wanted.strip() == "*" or tag.removeprefix("W/") in TAGS.findall(wanted)):
        return False
    start["status"] = 304
    start["headers"] = [pair for pair in start["headers"] if pair[0].lower() in KEPT_HEADERS]
    return True
