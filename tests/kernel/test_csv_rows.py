"""Streamed CSV: whatever comes in pieces comes out in rows, and nothing bad passes for good."""

import gzip
import re
from collections.abc import AsyncIterator

import pytest

from shoplytics.kernel.csv_rows import MAX_FIELD, BadFile, CsvRow, MoreColumns, read_rows

HEADER = b"name,sku,price\n"


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def read(data: bytes, *, size: int = 65536, max_unpacked: int = 1 << 29) -> list[CsvRow]:
    found: list[CsvRow] = []
    reading = read_rows(
        pieces(data, size), required=("name", "sku"), optional=("price",), max_unpacked=max_unpacked
    )
    async for rows in reading:
        found += rows
    return found


def codes(rows: list[CsvRow]) -> list[tuple[int, str]]:
    return [(row.line, row.error.code) for row in rows if row.error]


class TestReadRows:
    @pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
    async def test_gives_the_same_rows_however_the_bytes_are_cut(self, size: int) -> None:
        text = '\ufeffname,sku,price\r\n"Çay, ""büyük""",A,1\r\n"two\r\nlines",B,2\r\n\r\n\U0001f600,C,3'
        plain = text.encode()
        for data in (plain, gzip.compress(plain), gzip.compress(plain[:30]) + gzip.compress(plain[30:])):
            rows = await read(data, size=size)
            assert [(row.line, row.values) for row in rows] == [
                (2, ('Çay, "büyük"', "A", "1")),
                (3, ("two\r\nlines", "B", "2")),
                (6, ("\U0001f600", "C", "3")),
            ]

    async def test_finds_columns_in_any_order_and_case(self) -> None:
        rows = await read(b"SKU, Name \nA,Tea\n")
        assert rows[0].values == ("Tea", "A", "")

    async def test_finds_columns_by_a_pattern_after_the_others(self) -> None:
        told: list[str] = []
        more = MoreColumns(re.compile("^is (.+)$", re.IGNORECASE), told.extend)
        data = b"is Red,SKU,name,is not,Is blue \n1,A,Tea,2,3\n"
        reading = read_rows(pieces(data, 3), required=("name", "sku"), optional=("price",), more=more)
        (row,) = [row async for rows in reading for row in rows]
        assert (told, row.values) == (["Red", "not", "blue"], ("Tea", "A", "", "1", "2", "3"))

    async def test_names_each_bad_row_and_keeps_the_rest(self) -> None:
        data = HEADER + b"a,A,1\nragged,R\nn\x00l,N,1\nlat\xe9n,L,1\n" + b'"x"y,Q,1\nb,B,2\n'
        rows = await read(data)
        assert codes(rows) == [
            (3, "ragged_row"),
            (4, "nul_byte"),
            (5, "wrong_encoding"),
            (6, "malformed_row"),
        ]
        assert [row.values[1] for row in rows if not row.error] == ["A", "B"]
        assert [row.text for row in rows if row.error][1:3] == ["n\ufffdl,N,1", "lat\ufffdn,L,1"]

    @pytest.mark.parametrize("size", [1, 1000])
    async def test_keeps_each_row_as_it_stands_in_the_file(self, size: int) -> None:
        records = ['7,"Tea, ""green""",A', '8,"two\r\nlines", B ', "9,ragged", '"x"y,Q,1']
        rows = await read("\r\n".join(["Other,name,sku", *records]).encode(), size=size)
        assert [row.text for row in rows] == records
        assert [row.text for row in await read(HEADER + b"x" * 5000 + b",A,1\n")] == ["x" * 4000]

    async def test_takes_columns_without_a_name_for_nothing(self) -> None:
        rows = await read(b"name,sku,,\na,A,,\n")
        assert rows[0].values == ("a", "A", "")

    async def test_refuses_a_field_over_256_kib(self) -> None:
        long = b"x" * (MAX_FIELD + 1)
        rows = await read(HEADER + long + b",A,1\nb,B,2\n")
        assert codes(rows) == [(2, "field_too_long")]
        assert rows[-1].values[1] == "B"

    @pytest.mark.parametrize("size", [1000, 1 << 20])
    async def test_loses_only_the_row_of_a_quote_that_never_closes(self, size: int) -> None:
        good = b"b,B,2\n" * 100_000
        rows = await read(HEADER + b'"open,A,1\n' + good, size=size)
        assert codes(rows) == [(2, "field_too_long")]
        assert len(rows) == 100_001
        rows = await read(HEADER + good[:600] + b'"open,A,1\nc,C,3\n', size=size)
        assert codes(rows) == [(102, "malformed_row")]
        assert rows[-1].values[1] == "C"

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "empty_file"),
            (b"name,price\na,1\n", "missing_columns"),
            (b"name,sku,other,SKU \na,A,,B\n", "duplicate_columns"),
            (b"PK\x03\x04rest", "zip_refused"),
            ("name,sku\n".encode("utf-16"), "wrong_encoding"),
            (gzip.compress(HEADER * 100, mtime=0)[:-9], "bad_gzip"),
            (b"\x1f\x8bnonsense", "bad_gzip"),
            (gzip.compress(HEADER + b"0" * (1 << 23), mtime=0), "ratio_too_high"),
            (HEADER + b"a,A,1\n" * 200_000, "file_too_large"),
            (HEADER + b"x" * (1 << 23), "record_too_long"),
        ],
    )
    async def test_refuses_the_whole_file_with_a_reason(self, data: bytes, code: str) -> None:
        limit = 1 << 20 if code == "file_too_large" else 1 << 29
        with pytest.raises(BadFile) as refused:
            await read(data, max_unpacked=limit)
        assert refused.value.code == code

    async def test_goes_on_after_the_line_a_former_run_reached(self) -> None:
        data = HEADER + b"a,A,1\nb,B,2\nc,C,3\n"
        reading = read_rows(pieces(data, 100), required=("sku",), after_line=3, batch=1)
        assert [[row.values for row in rows] async for rows in reading] == [[("C",)]]
