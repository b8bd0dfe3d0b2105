"""Files come in as streams, capped, and from any part order."""

from collections.abc import AsyncIterator

import asyncpg
import httpx

IN_TRANSACTION = """
    select count(*) from pg_stat_activity
    where datname = current_database() and state like 'idle in transaction%'
"""
TYPE = {"content-type": "multipart/form-data; boundary=b"}


def body(*parts: str) -> bytes:
    return "".join(f"--b\r\n{part}\r\n" for part in parts).encode() + b"--b--\r\n"


FILE = 'Content-Disposition: form-data; name="file"; filename="ä.csv"\r\nContent-Type: text/csv\r\n\r\nhello'
FIELD = 'Content-Disposition: form-data; name="note"\r\n\r\nbefore'


class TestUpload:
    async def test_streams_the_part_named_file(self, probe: httpx.AsyncClient) -> None:
        answer = await probe.post("/upload/", content=body(FIELD, FILE, FIELD), headers=TYPE)
        assert answer.json() == ["ä.csv", "text/csv", 5], answer.text

    async def test_is_refused_without_a_file(self, probe: httpx.AsyncClient) -> None:
        for content in (body(FIELD), b"", b"nonsense", body(FILE)[:-9]):
            answer = await probe.post("/upload/", content=content, headers=TYPE)
            assert (answer.status_code, answer.json()["code"]) == (400, "malformed_multipart"), content

    async def test_is_refused_when_it_is_too_large(self, probe: httpx.AsyncClient) -> None:
        answer = await probe.post("/upload/", files={"file": ("big", b"a" * 400_000)})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    async def test_is_refused_in_another_form(self, probe: httpx.AsyncClient) -> None:
        answer = await probe.post("/upload/", json={"file": "hello"})
        assert answer.status_code == 415

    async def test_holds_no_database_connection_while_it_comes_in(
        self, probe: httpx.AsyncClient, owner_url: str
    ) -> None:
        owner = await asyncpg.connect(owner_url)
        held: list[int] = []

        async def slowly() -> AsyncIterator[bytes]:
            content = body(FILE)
            yield content[:-20]
            held.append(await owner.fetchval(IN_TRANSACTION))
            yield content[-20:]

        answer = await probe.post(
            "/upload/kept", content=slowly(), headers=TYPE | {"idempotency-key": "slow"}
        )
        await owner.close()
        assert (answer.status_code, held) == (201, [0])


class TestRawBody:
    async def test_reaches_the_handler_as_it_is(self, probe: httpx.AsyncClient) -> None:
        answer = await probe.post("/raw", content=b'{"a": 1, "a": 2', headers={"content-type": "text/plain"})
        assert answer.json() == 15

    async def test_is_capped(self, probe: httpx.AsyncClient) -> None:
        assert (await probe.post("/raw", content=b"a" * 101)).status_code == 413
