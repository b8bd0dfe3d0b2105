"""What every answer carries, and what changes with what the caller says it has."""

import asyncio
import gc
import re
from ipaddress import ip_network

import httpx
import msgspec
import pytest

from shoplytics.api import create_app
from shoplytics.api.exchange import Exchange
from shoplytics.settings import Settings
from tests.edge.probes import PROBE, build, deeds

THING = "/view/0199f0a4-8d5e-7c3a-9f51-6d1f6e0c7a11"
ORIGIN = "https://shop.example"


async def ask(settings: Settings, method: str, path: str, **options: object) -> httpx.Response:
    app = create_app(settings, modules=[PROBE], with_work={"probe": build}, alone={"deeds": deeds})
    peer = options.pop("peer", "127.0.0.1")
    transport = httpx.ASGITransport(app, client=(str(peer), 1))
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        headers = options.pop("headers", {})
        assert isinstance(headers, dict)
        return await client.request(method, f"/api/v1/probe{path}", headers=headers)


class TestHeaders:
    @pytest.mark.parametrize("path", ["/public", "/nowhere", "/boom", "/public?limit=0"])
    async def test_are_on_every_answer(self, probe: httpx.AsyncClient, path: str) -> None:
        headers = (await probe.get(path)).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["x-request-id"]
        assert "server" not in headers
        assert "x-powered-by" not in headers
        assert "strict-transport-security" not in headers
        assert "access-control-allow-origin" not in headers

    async def test_insist_on_tls_where_there_is_tls(self, settings: Settings) -> None:
        public = msgspec.structs.replace(settings, public_url="https://shop.example")
        answer = await ask(public, "GET", "/public")
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"

    async def test_keep_a_sane_request_id_and_replace_any_other(self, probe: httpx.AsyncClient) -> None:
        for given, kept in (("trace-12345678", True), ("short", False), ("a b c d e f g h", False)):
            answer = await probe.get("/public", headers={"x-request-id": given})
            assert (answer.headers["x-request-id"] == given) is kept


class TestHead:
    async def test_is_get_without_a_body(self, probe: httpx.AsyncClient) -> None:
        got, answer = await probe.get(THING), await probe.head(THING)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == str(len(got.content))


class TestEntityTag:
    async def test_of_an_unchanged_view_means_304(self, probe: httpx.AsyncClient) -> None:
        tag = (await probe.get(THING)).headers["etag"]
        assert re.fullmatch('"3-[0-9a-f]{16}"', tag)
        for given in (tag, f"W/{tag}", f'"2", {tag}', "*"):
            answer = await probe.get(THING, headers={"if-none-match": given})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == tag
            assert "content-type" not in answer.headers

    async def test_of_a_changed_view_means_the_view(self, probe: httpx.AsyncClient) -> None:
        tag = (await probe.get(THING)).headers["etag"]
        other = f"{THING[:-1]}2"  # of the same version
        for path, given in ((THING, '"2"'), (THING, '"3"'), (other, tag)):
            assert (await probe.get(path, headers={"if-none-match": given})).status_code == 200

    async def test_guards_changes(self, probe: httpx.AsyncClient) -> None:
        whole = '"7-0123456789abcdef"'
        cases = {'"7"': "a 7", 'W/"7"': "a 7", whole: "a 7", f"W/{whole}": "a 7", "*": "a None"}
        for given, name in cases.items():
            answer = await probe.patch("/view", json={"name": "a"}, headers={"if-match": given})
            assert answer.json()["name"] == name
        assert (await probe.patch("/view", json={"name": "a"})).json()["name"] == "a None"
        for given in ('"abc"', '"0123456789abcdef01234567"', '"7-"', '"7-x"'):
            foreign = await probe.patch("/view", json={"name": "a"}, headers={"if-match": given})
            assert (foreign.status_code, foreign.json()["code"]) == (412, "stale")


class TestCors:
    async def test_answers_an_allowed_origin(self, settings: Settings) -> None:
        allowed = msgspec.structs.replace(settings, cors_origins=(ORIGIN,))
        asked = {"origin": ORIGIN, "access-control-request-method": "POST"}
        preflight = await ask(allowed, "OPTIONS", "/echo", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == ORIGIN
        assert "Idempotency-Key" in preflight.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in preflight.headers
        answer = await ask(allowed, "GET", "/public", headers={"origin": ORIGIN})
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["vary"] == "Origin"

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "https://shop.example.evil.example", "null", "http://shop.example"]
    )
    async def test_tells_others_nothing(self, settings: Settings, origin: str) -> None:
        allowed = msgspec.structs.replace(settings, cors_origins=(ORIGIN,))
        asked = {"origin": origin, "access-control-request-method": "POST"}
        for method, headers in (("OPTIONS", asked), ("GET", {"origin": origin})):
            answer = await ask(allowed, method, "/public", headers=headers)
            assert "access-control-allow-origin" not in answer.headers


PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1/128"))
ADDRESSES = [
    # peer, X-Forwarded-For, the address we go by
    ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
    ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
    ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
    ("10.0.0.1", "6.6.6.6, nonsense", "10.0.0.1"),
    ("10.0.0.1", None, "10.0.0.1"),
    ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
    ("::1", "2001:db8::1", "2001:db8::1"),
]


class TestClient:
    @pytest.mark.parametrize(("peer", "forwarded", "address"), ADDRESSES)
    async def test_is_the_rightmost_hop_that_is_no_proxy_of_ours(
        self, settings: Settings, peer: str, forwarded: str | None, address: str
    ) -> None:
        proxied = msgspec.structs.replace(settings, trusted_proxies=PROXIES)
        headers = {"user-agent": "x" * 600} | ({"x-forwarded-for": forwarded} if forwarded else {})
        answer = await ask(proxied, "GET", "/client", headers=headers, peer=peer)
        assert answer.json() == [address, "x" * 512, "anonymous"]


class TestMemory:
    @pytest.mark.parametrize("path", ["/public", "/boom"])
    async def test_leaves_no_circle_to_the_collector(self, probe: httpx.AsyncClient, path: str) -> None:
        gc.collect()
        gc.disable()
        try:
            for _ in range(5):  # each in a task of its own, as a server does it
                await asyncio.create_task(probe.get(path))
            left = [thing for thing in gc.get_objects() if type(thing) is Exchange]
        finally:
            gc.enable()
        assert len(left) <= 1  # the last one is still held by whoever asked
