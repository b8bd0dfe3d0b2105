"""Every row of the bad-input table, sent to a route that takes a body and one that takes parameters."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shoplytics.api import Api
from tests.edge.conftest import speaking_to

JSON = {"content-type": "application/json"}
DEEP = b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}"
BODIES = {
    "escaped NUL": (rb'{"name": "a\u0000b"}', 400, "invalid_text"),
    "raw NUL": (b'{"name": "a\x00b"}', 400, "invalid_text"),
    "NUL in a key": (rb'{"name": "a", "x\u0000": 1}', 400, "invalid_text"),
    "invalid UTF-8": (b'{"name": "\xff"}', 400, "malformed_json"),
    "lone surrogate": (rb'{"name": "\ud800"}', 400, "malformed_json"),
    "truncated": (b'{"name": "a"', 400, "malformed_json"),
    "byte order mark": (b'\xef\xbb\xbf{"name": "a"}', 400, "malformed_json"),
    "array": (b"[]", 400, "invalid_type"),
    "null": (b"null", 400, "invalid_type"),
    "empty": (b"", 400, "empty_body"),
    "beyond 31 bits": (b'{"name": "a", "quantity": 2147483648}', 400, "out_of_range"),
    "beyond 64 bits": (b'{"name": "a", "quantity": 1%b}' % (b"0" * 40), 400, "out_of_range"),
    "Infinity": (b'{"name": "a", "ratio": Infinity}', 400, "malformed_json"),
    "NaN": (b'{"name": "a", "ratio": NaN}', 400, "malformed_json"),
    "1e999999": (b'{"name": "a", "ratio": 1e999999}', 400, "out_of_range"),
    "money with too many digits": (
        b'{"name": "a", "price": {"amount": "99999999999999", "currency": "USD"}}',
        400,
        None,
    ),
    "money as NaN": (b'{"name": "a", "price": {"amount": "NaN", "currency": "USD"}}', 400, None),
    "money as a number": (b'{"name": "a", "price": {"amount": 1.5, "currency": "USD"}}', 400, "invalid_type"),
    "quantity -5": (b'{"name": "a", "quantity": -5}', 400, "out_of_range"),
    "quantity 0": (b'{"name": "a", "quantity": 0}', 400, "out_of_range"),
    "quantity 10^9": (b'{"name": "a", "quantity": 1000000000}', 400, "out_of_range"),
    "1.0 for a whole number": (b'{"name": "a", "quantity": 1.0}', 400, "invalid_type"),
    "text for a whole number": (b'{"name": "a", "quantity": "1"}', 400, "invalid_type"),
    "true for a whole number": (b'{"name": "a", "quantity": true}', 400, "invalid_type"),
    "unknown field": (b'{"name": "a", "is_admin": true}', 400, "unknown_field"),
    "duplicate key": (b'{"name": "a", "name": "b"}', 400, "duplicate_key"),
    "another form deep in an optional list": (
        b'{"name": "a", "words": ["a", "B"]}',
        400,
        "invalid_format",
    ),
    "deep": (DEEP, 400, "too_deep"),
    "deeper": (b"[" * 30_000 + b"]" * 30_000, 400, "too_deep"),
    "over 64 KiB": (b'{"name": "%b"}' % (b"a" * 70_000), 413, "too_large"),
}
QUERIES = {
    "NUL": ("text=a%00b", "invalid_text", "?text"),
    "invalid UTF-8": ("text=%ff", "invalid_text", None),
    "limit -1": ("limit=-1", "out_of_range", "?limit"),
    "limit 0": ("limit=0", "out_of_range", "?limit"),
    "limit 101": ("limit=101", "out_of_range", "?limit"),
    "limit 10^20": ("limit=100000000000000000000", "out_of_range", "?limit"),
    "limit text": ("limit=ten", "invalid_type", "?limit"),
    "limit 1.0": ("limit=1.0", "invalid_type", "?limit"),
    "limit empty": ("limit=", "invalid_type", "?limit"),
    "beyond 64 bits": ("number=9223372036854775808", "out_of_range", "?number"),
    "repeated": ("limit=1&limit=2", "duplicate_parameter", "?limit"),
    "unknown": ("colour=red", "unknown_parameter", "?colour"),
    "bad UUID": ("thing=nope", "invalid_format", "?thing"),
    "bad date": ("since=yesterday", "invalid_format", "?since"),
    "NaN": ("ratio=nan", "out_of_range", "?ratio"),
}

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}


@pytest.fixture
async def probe(dry_app: Api) -> AsyncIterator[httpx.AsyncClient]:
    """Nothing here may reach a database: there is none."""
    async with dry_app.lifespan(), speaking_to(dry_app) as client:
        yield client


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document.keys() >= {
        "type",
        "title",
        "status",
        "detail",
        "instance",
        "code",
        "request_id",
        "errors",
    }
    assert document["status"] == status
    assert document["request_id"] == answer.headers["x-request-id"]
    return document


class TestBody:
    @pytest.mark.parametrize("case", BODIES)
    async def test_is_refused(self, probe: httpx.AsyncClient, case: str) -> None:
        body, status, code = BODIES[case]
        found = problem(await probe.post("/echo", content=body, headers=JSON), status)
        assert code is None or found["code"] == code, found

    @pytest.mark.parametrize("text", [rb"\ud800", rb"a\udc00b", b"\xed\xa0\x80"])
    async def test_says_that_a_surrogate_stands_alone(self, probe: httpx.AsyncClient, text: bytes) -> None:
        found = problem(await probe.post("/echo", content=b'{"name": "%b"}' % text, headers=JSON), 400)
        assert (found["code"], "surrogate" in found["detail"]) == ("malformed_json", True)

    async def test_may_be_chunked_but_not_endless(self, probe: httpx.AsyncClient) -> None:
        sent = 0

        async def chunks() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(1000):
                sent += 1
                yield b"a" * 1024

        found = problem(await probe.post("/echo", content=chunks(), headers=JSON), 413)
        assert found["code"] == "too_large"
        assert sent < 100

    @pytest.mark.parametrize("kind", ["text/plain", "text/xml", "application/x-www-form-urlencoded", ""])
    async def test_must_say_that_it_is_json(self, probe: httpx.AsyncClient, kind: str) -> None:
        found = problem(
            await probe.post("/echo", content=b'{"name": "a"}', headers={"content-type": kind}), 415
        )
        assert found["code"] == "unsupported_media_type"

    async def test_is_never_unpacked(self, probe: httpx.AsyncClient) -> None:
        packed = {**JSON, "content-encoding": "gzip"}
        problem(await probe.post("/echo", content=b"\x1f\x8b", headers=packed), 415)

    async def test_reports_every_bad_field_at_once(self, probe: httpx.AsyncClient) -> None:
        body = {
            "name": "",
            "quantity": "1",
            "ratio": "x",
            "price": {"amount": "1.999", "currency": "USD"},
            "a/b": 1,
            "lines": [{"sku": "ok", "quantity": 1}, {"sku": "", "quantity": 0}, {"quantity": 1.5, "x": 0}],
        }
        found = problem(await probe.post("/echo", json=body), 400)
        errors = found["errors"]
        assert isinstance(errors, list)
        assert found["code"] == "invalid"
        assert {(error["pointer"], error["code"]) for error in errors} == {
            ("/name", "too_short"),
            ("/quantity", "invalid_type"),
            ("/ratio", "invalid_type"),
            ("/price", "invalid"),
            ("/a~1b", "unknown_field"),
            ("/lines/1/sku", "too_short"),
            ("/lines/1/quantity", "out_of_range"),
            ("/lines/2/sku", "required"),
            ("/lines/2/quantity", "invalid_type"),
            ("/lines/2/x", "unknown_field"),
        }

    async def test_is_reported_with_the_query(self, probe: httpx.AsyncClient) -> None:
        found = problem(await probe.post("/echo?bad=1", json={"name": "", "quantity": 0}), 400)
        assert {error["pointer"] for error in found["errors"]} == {"?bad", "/name", "/quantity"}
        found = problem(await probe.post("/echo?bad=1", content=b"{", headers=JSON), 400)
        assert (found["code"], len(found["errors"])) == ("malformed_json", 1)
        assert (
            problem(await probe.post("/echo?bad=1", json={"name": "a"}), 400)["code"] == "unknown_parameter"
        )

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            (rb'{"name": "a\u0000b"}', "/name"),
            (b'{"name": "a\x00b"}', "/name"),
            (rb'{"name": "a", "lines": [{"sku": "\u0000", "quantity": 1}]}', "/lines/0/sku"),
            (rb'{"name": "a", "x\u0000": 1}', ""),
            (b'{"name": "a", "at": "9999-12-31T23:00:00-02:00"}', "/at"),
            (b'{"name": "a", "at": "0001-01-01T00:00:00+02:00"}', "/at"),
        ],
    )
    async def test_names_the_field_that_cannot_be_kept(
        self, probe: httpx.AsyncClient, body: bytes, pointer: str
    ) -> None:
        found = problem(await probe.post("/echo", content=body, headers=JSON), 400)
        assert [error["pointer"] for error in found["errors"]] == [pointer]

    async def test_is_taken_when_it_is_right(self, probe: httpx.AsyncClient) -> None:
        body = {"name": "ü\\u0000 [[[[", "price": {"amount": "19.9", "currency": "USD"}}
        answer = await probe.post("/echo", content=json.dumps(body), headers=JSON)
        assert answer.json()["price"] == {"amount": "19.90", "currency": "USD"}, answer.text
        assert answer.json()["name"] == body["name"]


class TestQuery:
    @pytest.mark.parametrize("case", QUERIES)
    async def test_is_refused(self, probe: httpx.AsyncClient, case: str) -> None:
        query, code, pointer = QUERIES[case]
        found = problem(await probe.get(f"/public?{query}"), 400)
        assert found["code"] == code, found
        errors = found["errors"]
        assert isinstance(errors, list)
        assert pointer is None or errors[0]["pointer"] == pointer

    async def test_says_which_parameter_is_missing(self, probe: httpx.AsyncClient) -> None:
        found = problem(await probe.get("/required"), 400)
        assert found["errors"] == [
            {"pointer": "?name", "code": "required", "message": "This parameter is required."}
        ]

    async def test_may_repeat_what_the_route_lets_repeat(self, probe: httpx.AsyncClient) -> None:
        assert (await probe.get("/tags?tag=a&tag=b")).json() == ["a", "b"]

    async def test_keeps_values_as_they_are(self, probe: httpx.AsyncClient) -> None:
        answer = await probe.get("/public", params={"text": "a b&c=d+e%", "limit": 7})
        assert answer.json()[:2] == ["7", "a b&c=d+e%"]


class TestAddress:
    async def test_of_no_route_is_404(self, probe: httpx.AsyncClient) -> None:
        assert problem(await probe.get("/nowhere"), 404)["code"] == "not_found"

    async def test_with_a_bad_uuid_is_404(self, probe: httpx.AsyncClient) -> None:
        problem(await probe.get("/view/not-a-uuid"), 404)

    async def test_with_the_wrong_method_is_405_and_says_which(self, probe: httpx.AsyncClient) -> None:
        answer = await probe.put("/echo", json={})
        assert problem(answer, 405)["code"] == "method_not_allowed"
        assert set(answer.headers["allow"].split(", ")) == {"POST", "OPTIONS"}

    async def test_with_the_wrong_method_names_head_beside_get(self, probe: httpx.AsyncClient) -> None:
        answer = await probe.put("/public", json={})
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
        assert (await probe.head("/public")).status_code == 200

    async def test_with_a_nul_is_400(self, probe: httpx.AsyncClient) -> None:
        assert problem(await probe.get("/view/%00"), 400)["code"] == "invalid_text"

    async def test_of_absurd_length_is_400(self, probe: httpx.AsyncClient) -> None:
        assert problem(await probe.get("/public?text=" + "a" * 9000), 400)["code"] == "address_too_long"


class TestBug:
    async def test_shows_nothing_but_the_request_id(self, probe: httpx.AsyncClient) -> None:
        answer = await probe.get("/boom")
        assert problem(answer, 500)["code"] == "internal_error"
        assert "kitchen" not in answer.text
