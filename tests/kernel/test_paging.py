"""Cursors are opaque, belong to one sort, and survive being tampered with."""

import base64

import pytest

from shoplytics.kernel.errors import Invalid
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.paging import decode_cursor, encode_cursor, page_of


class TestCursor:
    def test_gives_back_the_keys(self) -> None:
        ident = new_id()
        cursor = decode_cursor(encode_cursor("-price", 1999, None, ident), sort="-price", length=3)
        assert cursor is not None
        assert cursor.keys == (1999, None, str(ident))

    @pytest.mark.parametrize(
        "text",
        ["", "x", "%%%", "a" * 5000, "\u00e9", base64.urlsafe_b64encode(b'["price",[1]]').decode(), "bnVsbA"],
    )
    def test_refuses_what_is_not_its_own(self, text: str) -> None:
        with pytest.raises(Invalid):
            decode_cursor(text, sort="-price", length=1)


class TestPage:
    def test_has_a_cursor_only_when_more_follows(self) -> None:
        assert page_of([1, 2, 3], 2, str).next_cursor == "2"
        assert page_of([1, 2, 3], 2, str).items == [1, 2]
        assert page_of([1, 2], 2, str).next_cursor is None
        assert page_of(list[int](), 2, str).next_cursor is None
