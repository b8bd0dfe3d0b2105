"""How a handler's view becomes bytes, and how versions become ETags."""

import re
from typing import Any, TypeVar

from litestar import Response
from litestar.types import HTTPScope, Serializer

from shoplytics.api.clients import header
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.errors import Invalid, Stale

T = TypeVar("T")
ETAG = re.compile(r'(?:W/)?"(\d{1,18})"').fullmatch


class ViewResponse(Response[T]):
    """JSON by the house's codec; a view with a whole-number `version` gets an ETag."""

    def __init__(self, content: T, **options: Any) -> None:  # noqa: ANN401 - Litestar's own arguments, passed on
        super().__init__(content, **options)
        version = getattr(content, "version", None)
        if type(version) is int:
            self.headers.setdefault("ETag", f'"{version}"')

    def render(self, content: Any, media_type: str, enc_hook: Serializer | None = None) -> bytes:  # noqa: ANN401
        if isinstance(content, bytes):
            return content
        if isinstance(content, str) and not media_type.endswith("json"):
            return content.encode()
        return to_json(content)


def if_match_of(scope: HTTPScope) -> int | None:
    """The version the caller has seen; None for any. Raises Stale for a tag that no version of ours has."""
    given = header(scope, b"if-match")
    if given is None or given.strip() == "*":
        return None
    found = ETAG(given.strip())
    if found is None:
        if "," in given:
            raise Invalid("Send one entity tag in If-Match.", code="invalid_header")
        raise Stale
    return int(found[1])
