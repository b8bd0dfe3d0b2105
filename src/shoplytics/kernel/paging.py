"""Keyset pages: an opaque cursor holds the sort key of the last row seen."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from shoplytics.kernel.errors import Invalid, invalid_field

T = TypeVar("T")

MAX_LIMIT = 100
DEFAULT_LIMIT = 20


class Page(msgspec.Struct, Generic[T]):
    """`next_cursor` is null on the last page; `total` is there only when asked for with `?total=true`."""

    items: list[T]
    next_cursor: str | None = None
    total: int | msgspec.UnsetType = msgspec.UNSET


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The sort it belongs to and the last row's keys, as text (ids, timestamps, numbers all are)."""

    sort: str
    keys: tuple[str | int | None, ...]


def encode_cursor(sort: str, *keys: object) -> str:
    """URL-safe text for `next_cursor`; keys other than int and None are written as `str`."""
    plain = tuple(k if k is None or isinstance(k, int) else str(k) for k in keys)
    return base64.urlsafe_b64encode(msgspec.json.encode(Cursor(sort, plain))).rstrip(b"=").decode()


def decode_cursor(text: str | None, *, sort: str, length: int) -> Cursor | None:
    """The cursor, or None when there is none. Raises Invalid for one that is not ours or of another sort."""
    if text is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        cursor = msgspec.json.decode(raw, type=Cursor)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        cursor = None
    if cursor is None or cursor.sort != sort or len(cursor.keys) != length:
        raise _foreign_cursor()
    return cursor


def decode_id_cursor(text: str | None, *, sort: str) -> UUID | None:
    """Of a cursor whose only key is an id, that id. Raises Invalid like `decode_cursor`."""
    cursor = decode_cursor(text, sort=sort, length=1)
    try:
        return UUID(str(cursor.keys[0])) if cursor else None
    except ValueError:
        raise _foreign_cursor() from None


def _foreign_cursor() -> Invalid:
    return invalid_field("?cursor", "invalid_cursor", "Pass next_cursor of a page with the same sort.")


def page_of(rows: Sequence[T], limit: int, cursor_of: Callable[[T], str]) -> Page[T]:
    """A page from `limit + 1` fetched rows: the extra row only says that there is more."""
    items = list(rows[:limit])
    return Page(items=items, next_cursor=cursor_of(items[-1]) if len(rows) > limit else None)
