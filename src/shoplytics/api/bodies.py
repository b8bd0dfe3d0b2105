"""JSON bodies, read with a limit and decoded strictly."""

from typing import Any

import msgspec
from litestar.types import HTTPScope, Receive

from shoplytics.api.clients import header
from shoplytics.api.plans import Plan
from shoplytics.kernel.errors import Invalid, TooLarge, UnsupportedMedia


async def read_body(scope: HTTPScope, receive: Receive, plan: Plan) -> tuple[bytes, Any]:
    """The raw body and its decoded value. Raises UnsupportedMedia, TooLarge or Invalid."""
    content_type = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    raw = await receive_all(receive, plan.body_limit)
    if not raw and plan.body_optional:
        return raw, None
    if content_type != "application/json":
        raise UnsupportedMedia
    assert plan.decoder is not None  # noqa: S101 - made with body_type
    try:
        return raw, plan.decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(str(error)) from error


async def receive_all(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises TooLarge as soon as more than `limit` bytes have come."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Invalid("The body ended early.", code="incomplete_body")
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise TooLarge
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)
