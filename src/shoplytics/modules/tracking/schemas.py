"""What a browser sends."""

import json
import re
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from shoplytics.kernel.errors import FieldError, Invalid

MAX_ENGAGED_MS = 30 * 60 * 1000
PageId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Engaged = Annotated[
    int,
    msgspec.Meta(
        ge=0,
        le=MAX_ENGAGED_MS,
        description="Milliseconds the page was in focus so far, in all; the time since its view at most.",
    ),
]


def _text(description: str, *, most: int) -> msgspec.Meta:
    return msgspec.Meta(max_length=most, description=description)


def _word(name: str) -> msgspec.Meta:
    return _text(f"Instead of the {name} in the query of `url` or `path`.", most=200)


class Track(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A page shown (`view`), or how long it has been looked at by now (`ping`).

    A view has a `path`, a `url` or a `product_id`; a ping has a `page_id` and `engaged_ms`.
    """

    store_id: Annotated[UUID | None, msgspec.Meta(description="The visited store; required.")] = None
    store: Annotated[UUID | None, msgspec.Meta(description="Another name of `store_id`.")] = None
    type: Literal["view", "ping"] = "view"
    page_id: Annotated[
        PageId | int | None,
        msgspec.Meta(
            description="Made up by the page for each view: sent twice it counts once; pings name it."
        ),
    ] = None
    path: Annotated[str, _text("The page's path; begins with a slash.", most=2048)] | None = None
    url: Annotated[str, _text("The page's whole http(s) address.", most=2048)] | None = None
    product_id: Annotated[UUID | None, msgspec.Meta(description="The product that the page shows.")] = None
    referrer: Annotated[str, _text("`document.referrer`; its host is kept.", most=2048)] | None = None
    utm_source: Annotated[str, _word("utm_source")] | None = None
    utm_medium: Annotated[str, _word("utm_medium")] | None = None
    utm_campaign: Annotated[str, _word("utm_campaign")] | None = None
    utm_term: Annotated[str, _word("utm_term")] | None = None
    utm_content: Annotated[str, _word("utm_content")] | None = None
    engaged_ms: Engaged | None = None


EXAMPLE = {
    "store_id": "0199f0a4-8d5e-7c3a-9f51-6d1f6e0c7a11",
    "type": "view",
    "page_id": "k3v9x0q2",
    "url": "https://shop.example/tea?utm_source=mail",
    "referrer": "https://news.example/",
}
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
