"""JSON bodies: read with a limit, checked for what decoders let pass, decoded strictly."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from shoplytics.api.asgi import Receive, Scope, header
from shoplytics.api.field_errors import escaped, field_errors
from shoplytics.api.plans import Plan
from shoplytics.kernel.errors import FieldError, Invalid, TooLarge, UnsupportedMedia

MAX_DEPTH = 32
BOM = b"\xef\xbb\xbf"
STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


class MalformedJson(Invalid):
    code = "malformed_json"
    message = "The body is not JSON (RFC 8259, UTF-8)."


class InvalidText(Invalid):
    code = "invalid_text"
    message = "Texts must not hold the NUL character."


class TooDeep(Invalid):
    code = "too_deep"
    message = f"JSON may be nested {MAX_DEPTH} levels deep at most."


class DuplicateKey(Invalid):
    code = "duplicate_key"
    message = "An object names a key twice."


def check_encoding(scope: Scope) -> None:
    """Raises UnsupportedMedia: bodies are never unpacked here, so none can be a bomb."""
    encoding = header(scope, b"content-encoding")
    if encoding is not None and encoding.strip().lower() != "identity":
        raise UnsupportedMedia("Send the body without Content-Encoding.", code="unsupported_encoding")


async def read_body(scope: Scope, receive: Receive, plan: Plan) -> tuple[bytes, Any]:
    """The raw body and its decoded value. Raises UnsupportedMedia, TooLarge or Invalid."""
    given = header(scope, b"content-type") or ""
    check_encoding(scope)
    media_type, _, parameters = given.partition(";")
    json_sent = media_type.strip().lower() == "application/json"
    charset = parameters.strip().lower().replace('"', "")
    if given and (not json_sent or (charset.startswith("charset=") and charset != "charset=utf-8")):
        raise UnsupportedMedia
    raw = await receive_all(scope, receive, plan.body_limit)
    if not raw:
        if plan.body_optional:
            return raw, None
        raise Invalid("The body is empty.", code="empty_body")
    if not json_sent:
        raise UnsupportedMedia
    return raw, decode(raw, plan)


async def receive_all(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body. Raises TooLarge as soon as more than `limit` bytes are announced or have come."""
    announced = header(scope, b"content-length")
    if announced is not None and announced.isdigit() and int(announced) > limit:
        raise TooLarge
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
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def decode(raw: bytes, plan: Plan) -> Any:  # noqa: ANN401 - of the type the plan's decoder knows
    """The body as the handler's own type. Raises Invalid."""
    if raw.startswith(BOM):
        raise MalformedJson("Send UTF-8 without a byte order mark.")
    _check_depth(raw)
    _check_text(raw)
    assert plan.decoder is not None  # noqa: S101 - plans.py makes it with body_type
    try:
        value = plan.decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise Invalid(errors=_all_errors(raw, plan.body_type, error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedJson(_what_is_wrong(raw, error)) from None
    _plain(raw)
    if b"9999" in raw or b"0001" in raw:
        found = list(_lost_times(value, ""))
        if found:
            raise Invalid(errors=found)
    return value


def _what_is_wrong(raw: bytes, error: msgspec.DecodeError | UnicodeDecodeError) -> str | None:
    """Of half a surrogate pair the decoder says that the input ends there."""
    try:
        json.dumps(json.loads(raw), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "A text holds one half of a surrogate pair without the other."
    except (ValueError, RecursionError):
        pass
    return str(error) if isinstance(error, msgspec.DecodeError) else None


def _lost_times(value: object, pointer: str) -> Iterator[FieldError]:
    """Times that their offset takes beyond the first or the last year."""
    if isinstance(value, datetime):
        try:
            value.astimezone(UTC)
        except OverflowError:
            yield FieldError(pointer, "out_of_range", "Give a time from the year 1 to the year 9999 in UTC.")
    elif isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            inner = getattr(value, field.name)
            yield from _lost_times(inner, f"{pointer}/{escaped(field.encode_name)}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _lost_times(inner, f"{pointer}/{index}")


def _check_depth(raw: bytes) -> None:
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for character in STRINGS.sub(b"", raw):
        if character in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise TooDeep
        elif character in b"]}":
            depth -= 1


def _check_text(raw: bytes) -> None:
    """NUL is refused where it stands; raw it is no JSON at all, and read leniently only to say where."""
    if b"\x00" not in raw and b"\\u0000" not in raw:
        return
    found = list(_nuls(_plain(raw, strict=False), ""))
    if found or b"\x00" in raw:
        raise InvalidText(errors=found)


def _nuls(value: object, pointer: str) -> Iterator[FieldError]:
    """Of a bad key the pointer is its object's: NUL may not stand in an answer either."""
    if isinstance(value, str):
        if "\x00" in value:
            yield FieldError(pointer, InvalidText.code, InvalidText.message)
    elif isinstance(value, dict):
        if any("\x00" in key for key in value):
            yield FieldError(pointer, InvalidText.code, InvalidText.message)
        for key, inner in value.items():
            if "\x00" not in key:
                yield from _nuls(inner, f"{pointer}/{escaped(key)}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _nuls(inner, f"{pointer}/{index}")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DuplicateKey
    return found


def _plain(raw: bytes, *, strict: bool = True) -> object:
    """The body as dicts and lists. Raises DuplicateKey, which no struct decoder reports, or MalformedJson."""
    try:
        return json.loads(raw, object_pairs_hook=_once, strict=strict)
    except (ValueError, RecursionError):
        raise MalformedJson from None


def _all_errors(raw: bytes, kind: Any, first: msgspec.ValidationError) -> list[FieldError]:  # noqa: ANN401
    found = list(field_errors(_plain(raw), kind))
    return found or list(field_errors(first, kind))
