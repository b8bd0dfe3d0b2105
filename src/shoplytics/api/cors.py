"""Cross-origin requests (Fetch standard): off but for an exact list of origins, never with credentials."""

from shoplytics.api.asgi import Scope, Send, header

METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
ASKED = (
    b"Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Cart-Token, X-Order-Token,"
    b" X-Request-Id"
)
SHOWN = (
    b"ETag, Idempotent-Replayed, Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset,"
    b" Retry-After, X-Cart-Token, X-Request-Id"
)


class Cors:
    """`origins` are compared whole, as browsers send them."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins = frozenset(origins)

    def headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """What any answer to this request carries; nothing while no origin is allowed."""
        if not self._origins:
            return []
        origin = header(scope, b"origin")
        if origin not in self._origins or origin is None:
            return [(b"vary", b"Origin")]
        return [
            (b"vary", b"Origin"),
            (b"access-control-allow-origin", origin.encode()),
            (b"access-control-expose-headers", SHOWN),
        ]

    def is_preflight(self, scope: Scope) -> bool:
        """Whether a browser asks, from an allowed origin, if it may send a request."""
        return (
            scope["method"] == "OPTIONS"
            and bool(self._origins)
            and header(scope, b"access-control-request-method") is not None
            and header(scope, b"origin") in self._origins
        )

    async def answer(self, send: Send) -> None:
        """The answer to a preflight; the origin itself is added as to any answer."""
        headers = [
            (b"access-control-allow-methods", METHODS),
            (b"access-control-allow-headers", ASKED),
            (b"access-control-max-age", b"600"),
        ]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
