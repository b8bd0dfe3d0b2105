"""Uploaded CSV as a stream of rows: constant memory, parsed off the event loop, bad rows named by their line.

    async for rows in read_rows(store.read(key), required=("name", "sku"), optional=("price",)):
        for row in rows:
            if row.error: ...                    # row.line, row.error.code, row.text
            name, sku, price = row.values        # in the order asked for; an absent optional column is ""

Columns that only a pattern knows: see `MoreColumns`. Plain or gzip, told apart by their first bytes. What is
wrong with the whole file raises `BadFile`.
"""

import asyncio
import codecs
import csv
import io
import re
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from shoplytics.kernel.errors import Invalid

MIB = 1024 * 1024
MAX_UNPACKED = 512 * MIB
MAX_RATIO = 100
MAX_FIELD = 256 * 1024
MAX_RECORD = 4 * MIB
STEP = MIB
RATIO_FROM = MIB  # a small file may be as repetitive as it likes
REWINDS = 16 * MIB
SHOWN = 4000
HEAD = 2
NAMED = 60
NAMES = 10

csv.field_size_limit(MAX_FIELD)  # the csv module knows this limit per process only

_ESCAPED = re.compile("[\udc80-\udcff]")
_UNFIT = re.compile("[\x00\ud800-\udfff]")


class BadFile(Invalid):
    """The file cannot be read as a whole; its `code` says why."""

    code = "bad_file"
    message = "The file cannot be read."


class RowProblem(msgspec.Struct, frozen=True):
    """Why a row cannot be used: ragged_row, nul_byte, wrong_encoding, field_too_long or malformed_row."""

    code: str
    message: str


class CsvRow(msgspec.Struct, frozen=True, gc=False):
    """One record. `line` is where it starts, counting the file's lines (not records) from 1.

    `raw` is the record as it stands in the file, all its columns, quotes and line breaks.
    """

    line: int
    values: tuple[str, ...]
    error: RowProblem | None = None
    raw: str = ""

    @property
    def text(self) -> str:
        """The record as it stands in the file, to be corrected and imported again; 4,000 characters at most.

        What PostgreSQL cannot store (NUL, bytes that are not UTF-8) is U+FFFD; no line break at its end.
        """
        return _UNFIT.sub("\ufffd", self.raw[:SHOWN]).rstrip("\r\n")


class MoreColumns(NamedTuple):
    """Columns known by a pattern only: their values follow the others', in the header's order.

    `told` is called before the first row, in another thread, with the first group of each name.
    """

    named: re.Pattern[str]
    told: Callable[[list[str]], None]


class _Unpacker:
    """Raw bytes in, plain bytes out in steps; refuses archives and bombs."""

    def __init__(self, max_unpacked: int, max_ratio: int) -> None:
        self._max_unpacked = max_unpacked
        self._max_ratio = max_ratio
        self._gzip: zlib._Decompress | None = None
        self._started = False
        self._waiting = b""
        self._taken = self._given = 0

    def push(self, data: bytes) -> None:
        self._waiting += data
        self._taken += len(data)

    def pull(self, *, final: bool) -> bytes:
        """At most one step of plain bytes; empty when more input is needed."""
        if not self._started:
            if len(self._waiting) < HEAD and not final:
                return b""
            self._start()
        if self._gzip is None:
            out, self._waiting = self._waiting[:STEP], self._waiting[STEP:]
        else:
            out = self._inflate(final=final)
        self._given += len(out)
        if self._given > self._max_unpacked:
            msg = f"The file is larger than {self._max_unpacked // MIB} MiB unpacked."
            raise BadFile(msg, code="file_too_large")
        if self._gzip is not None and self._given > max(RATIO_FROM, self._taken * self._max_ratio):
            msg = f"The file unpacks to more than {self._max_ratio} times its size."
            raise BadFile(msg, code="ratio_too_high")
        return out

    def _start(self) -> None:
        self._started = True
        head = self._waiting[:HEAD]
        if head == b"PK":
            raise BadFile("Zip archives are not taken; send the CSV plain or gzipped.", code="zip_refused")
        if head in (b"\xff\xfe", b"\xfe\xff"):
            raise BadFile("The file is UTF-16; save it as UTF-8.", code="wrong_encoding")
        if head == b"\x1f\x8b":
            self._gzip = zlib.decompressobj(wbits=31)

    def _inflate(self, *, final: bool) -> bytes:
        while self._gzip is not None:
            try:
                out = self._gzip.decompress(self._waiting, STEP)
            except zlib.error:
                raise BadFile("The gzip data is damaged.", code="bad_gzip") from None
            self._waiting = self._gzip.unconsumed_tail
            if self._gzip.eof and not out and self._gzip.unused_data.strip(b"\0"):
                self._waiting = self._gzip.unused_data  # gzip files may be joined (RFC 1952, section 2.2)
                self._gzip = zlib.decompressobj(wbits=31)
                continue
            if final and not out and not self._gzip.eof:
                raise BadFile("The gzip data ends too early.", code="bad_gzip")
            return out
        return b""


class _Parser:
    """Plain bytes in, rows out; a record that is not complete yet waits for more bytes."""

    def __init__(
        self,
        required: Sequence[str],
        optional: Sequence[str],
        on_header: Callable[[frozenset[str]], None] | None,
        more: MoreColumns | None,
    ) -> None:
        self._on_header = on_header
        self._more = more
        self._wanted = (required, optional)
        self._pick: Callable[[list[str]], tuple[str, ...]] | None = None
        self._width = 0
        self._line = 0
        self._tail = ""
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        self._rewinds = REWINDS

    @property
    def started(self) -> bool:
        return self._pick is not None

    def parse(self, data: bytes, *, final: bool = False) -> list[CsvRow]:
        text = self._tail + self._decoder.decode(data, final)
        cut = len(text) if final else _cut(text)
        self._tail = text[cut:]
        if len(self._tail) > MAX_RECORD:
            raise BadFile("A record is longer than 4 MiB.", code="record_too_long")
        whole = text[:cut]
        dirty = _UNFIT.search(whole) is not None
        return list(self._records(list(io.StringIO(whole, newline="")), dirty=dirty, final=final))

    def _records(self, lines: list[str], *, dirty: bool, final: bool) -> Iterator[CsvRow]:
        first = 0
        while first < len(lines):
            reader = csv.reader(lines[first:] if first else lines, strict=True)
            done, rewound = first, False
            while not rewound:
                try:
                    values = next(reader)
                except StopIteration:
                    return self._advance(lines, len(lines))
                except csv.Error as error:
                    end = first + reader.line_num
                    if end == len(lines) and not final and "unexpected end" in str(error):
                        self._tail = "".join(lines[done:]) + self._tail
                        return self._advance(lines, done)
                    runaway = end - done > 1 and ("unexpected end" in str(error) or "limit" in str(error))
                    size = sum(map(len, lines[done:end])) if runaway else 0
                    rewound = runaway and size <= self._rewinds
                    self._rewinds -= size
                    taken = done + 1 if rewound else end
                    yield self._broken(lines, done, end, error, taken)
                    done = taken
                else:
                    end = first + reader.line_num
                    if values:
                        row = self._row(lines, done, end, values, dirty=dirty)
                        if row is not None:
                            yield row
                    done = end
            first = done
        return self._advance(lines, len(lines))

    def _advance(self, lines: list[str], count: int) -> None:
        self._line += count

    def _broken(self, lines: list[str], start: int, end: int, error: csv.Error, taken: int) -> CsvRow:
        if "limit" in str(error):
            problem = RowProblem("field_too_long", f"A field is longer than {MAX_FIELD // 1024} KiB.")
        else:
            span = f" (lines {self._line + start + 1} to {self._line + end})" if end - start > 1 else ""
            problem = RowProblem("malformed_row", f"The quotes of this record do not match{span}.")
        return CsvRow(self._line + start + 1, (), problem, "".join(lines[start:taken])[:SHOWN])

    def _row(
        self, lines: list[str], start: int, end: int, values: list[str], *, dirty: bool
    ) -> CsvRow | None:
        line = self._line + start + 1
        if self._pick is None:
            self._read_header(values)
            return None
        raw = lines[start] if end - start == 1 else "".join(lines[start:end])
        problem = _unfit(raw) if dirty else None
        if problem is not None:
            return CsvRow(line, (), problem, raw[:SHOWN])
        if len(values) != self._width:
            message = f"The row has {len(values)} fields, the header {self._width}."
            return CsvRow(line, (), RowProblem("ragged_row", message), raw[:SHOWN])
        return CsvRow(line, self._pick(values), None, raw)

    def _read_header(self, names: list[str]) -> None:
        required, optional = self._wanted
        places: dict[str, int] = {}
        twice: list[str] = []
        for place, name in enumerate(names):
            if name.strip() and places.setdefault(name.strip().casefold(), place) != place:
                twice.append(name.strip()[:NAMED])
        if twice:
            msg = f"The header names a column twice: {', '.join(twice[:NAMES])}."
            raise BadFile(msg, code="duplicate_columns")
        missing = [name for name in required if name.casefold() not in places]
        if missing:
            msg = f"The header lacks: {', '.join(missing)}."
            raise BadFile(msg, code="missing_columns")
        if self._on_header is not None:
            self._on_header(frozenset(name for name in optional if name.casefold() not in places))
        self._width = len(names)
        picked = [places.get(name.casefold(), -1) for name in (*required, *optional)]
        if self._more is not None:
            found = [(place, self._more.named.search(name.strip())) for place, name in enumerate(names)]
            picked += [place for place, match in found if match]
            self._more.told([match[1] for _, match in found if match])
        self._pick = _picker(picked)


def _unfit(raw: str) -> RowProblem | None:
    if "\x00" in raw:
        return RowProblem("nul_byte", "The row holds a NUL character.")
    if _ESCAPED.search(raw):
        return RowProblem("wrong_encoding", "The row is not UTF-8 text.")
    return None


def _picker(places: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    def pick(values: list[str]) -> tuple[str, ...]:
        return tuple([values[place] if place >= 0 else "" for place in places])

    return pick


def _cut(text: str) -> int:
    """Up to where lines are complete; a carriage return at the very end may be half of a CRLF."""
    return text.rfind("\n") + 1 or text.rfind("\r", 0, -1) + 1


class _Source:
    """Unpacker and parser in a row, one step per call, to be driven from a worker thread."""

    def __init__(self, unpacker: _Unpacker, parser: _Parser) -> None:
        self._unpacker = unpacker
        self._parser = parser

    def step(self, data: bytes) -> tuple[list[CsvRow], bool]:
        """Rows of one step, and whether the bytes given so far hold more."""
        self._unpacker.push(data)
        plain = self._unpacker.pull(final=False)
        return (self._parser.parse(plain), True) if plain else ([], False)

    def finish(self) -> list[CsvRow]:
        rows: list[CsvRow] = []
        while plain := self._unpacker.pull(final=True):
            rows += self._parser.parse(plain)
        rows += self._parser.parse(b"", final=True)
        if not self._parser.started:
            raise BadFile("The file is empty.", code="empty_file")
        return rows


async def _steps(chunks: AsyncIterator[bytes], source: _Source) -> AsyncIterator[list[CsvRow]]:
    async for chunk in chunks:
        data, more = chunk, True
        while more:
            rows, more = await asyncio.to_thread(source.step, data)
            data = b""
            yield rows
    yield await asyncio.to_thread(source.finish)


async def read_rows(
    chunks: AsyncIterator[bytes],
    *,
    required: Sequence[str],
    optional: Sequence[str] = (),
    after_line: int = 0,
    batch: int = 1000,
    max_unpacked: int = MAX_UNPACKED,
    max_ratio: int = MAX_RATIO,
    on_header: Callable[[frozenset[str]], None] | None = None,
    more: MoreColumns | None = None,
) -> AsyncIterator[list[CsvRow]]:
    """Lists of at most `batch` rows; column names ignore case; `after_line` skips what an earlier run did.

    `on_header` is told, before the first row and in another thread, which optional columns the file lacks.
    Raises BadFile: file_too_large, ratio_too_high, zip_refused, bad_gzip, wrong_encoding, missing_columns,
    duplicate_columns, record_too_long, empty_file.
    """
    source = _Source(_Unpacker(max_unpacked, max_ratio), _Parser(required, optional, on_header, more))
    ready: list[CsvRow] = []
    async for rows in _steps(chunks, source):
        ready += rows if after_line == 0 else [row for row in rows if row.line > after_line]
        while len(ready) >= batch:
            yield ready[:batch]
            ready = ready[batch:]
    if ready:
        yield ready
