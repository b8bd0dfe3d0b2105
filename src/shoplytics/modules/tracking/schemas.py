"""What a browser sends."""

import json
import re
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from shoplytics.kernel.errors import FieldError, Invalid

MAX_ENGAGED_MS = 30 * 60 * 1000
Address = Annotated[str, msgspec.Meta(max_length=2048)]
Word = Annotated[str, msgspec.Meta(max_length=200)]
PageId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Engaged = Annotated[
    int,
    msgspec.Meta(
        ge=0,
        le=MAX_ENGAGED_MS,
        description="Milliseconds the page was in focus so far, in all; the time since its view at most.",
    ),
]


class Track(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A page shown (`view`), or how long it has been looked at by now (`ping`).

    `page_id` is a random text the page makes for itself: the same view sent twice counts once, and pings name
    it. A view has a `path`, a `url` or a `product_id`. `store` is another name of `store_id`.
    """

    store_id: UUID | None = None
    store: UUID | None = None
    type: Literal["view", "ping"] = "view"
    page_id: PageId | int | None = None
    path: Address | None = None
    url: Address | None = None
    product_id: UUID | None = None
    referrer: Address | None = None
    utm_source: Word | None = None
    utm_medium: Word | None = None
    utm_campaign: Word | None = None
    utm_term: Word | None = None
    utm_content: Word | None = None
    engaged_ms: Engaged | None = None


_decoder = msgspec.json.Decoder(Track)


def _pointed(error: msgspec.ValidationError) -> Invalid:
    """msgspec's `... - at `$.field`` as a pointer."""
    message, _, where = str(error).partition(" - at `$")
    pointer = where.rstrip("`").replace(".", "/")
    return Invalid(errors=[FieldError(pointer=pointer, code="invalid", message=message)])


class MalformedJson(Invalid):
    code = "malformed_json"
    message = "The body is not JSON (RFC 8259, UTF-8)."


class InvalidText(Invalid):
    code = "invalid_text"
    message = "Texts must not hold the NUL character."


class DuplicateKey(Invalid):
    code = "duplicate_key"
    message = "An object names a key twice."


_KEYS = re.compile(rb'"(\w+)"\s*:')


def _keys_of(pairs: list[tuple[str, object]]) -> list[str]:
    return [key for key, _ in pairs]


_pairs = json.JSONDecoder(object_pairs_hook=_keys_of, parse_int=len)


def _check_keys(raw: bytes) -> None:
    """Of a body that is a `Track`: one flat object of known keys.

    Without a backslash no text holds a quote, so the pattern finds the keys and nothing else, faster than
    a second parser.
    """
    keys = _pairs.decode(raw.decode()) if b"\\" in raw else _KEYS.findall(raw)
    if len(keys) != len(set(keys)):
        raise DuplicateKey


def read_track(raw: bytes) -> Track:
    """The body, whatever its content type says: `sendBeacon` sends JSON as text/plain. Raises Invalid."""
    if b"\\u0000" in raw or b"\x00" in raw:
        raise InvalidText
    try:
        track = _decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise _pointed(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedJson from None
    _check_keys(raw)
    return track
