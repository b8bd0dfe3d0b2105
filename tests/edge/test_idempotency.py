"""The same request under one key: one effect, one answer, as often as it is sent."""

import asyncio

import httpx

from tests.edge.test_commit import rows

KEY = {"idempotency-key": "abc-1"}


class TestIdempotencyKey:
    async def test_replays_the_first_answer(self, probe: httpx.AsyncClient, owner_url: str) -> None:
        first = await probe.post("/write/", json={"name": "once"}, headers=KEY)
        again = await probe.post("/write/", json={"name": "once"}, headers=KEY)
        assert (first.status_code, again.status_code) == (201, 201), again.text
        assert first.content == again.content
        assert "idempotent-replayed" not in first.headers
        assert again.headers["idempotent-replayed"] == "true"
        assert again.headers["content-type"] == "application/json"
        assert await rows(owner_url) == ["once"]

    async def test_has_one_effect_for_eight_at_a_time(self, probe: httpx.AsyncClient, owner_url: str) -> None:
        sent = [probe.post("/write/", json={"name": "once"}, headers=KEY) for _ in range(8)]
        answers = await asyncio.gather(*sent)
        assert {answer.status_code for answer in answers} <= {201, 409}
        for answer in answers:
            if answer.status_code == 409:
                assert answer.json()["code"] == "request_in_flight"
                assert int(answer.headers["retry-after"]) >= 1
        assert await rows(owner_url) == ["once"]

    async def test_refuses_another_body(self, probe: httpx.AsyncClient, owner_url: str) -> None:
        await probe.post("/write/", json={"name": "once"}, headers=KEY)
        answer = await probe.post("/write/", json={"name": "twice"}, headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert await rows(owner_url) == ["once"]

    async def test_is_its_callers_own(self, probe: httpx.AsyncClient, owner_url: str) -> None:
        for token in ("cart-a", "cart-b"):
            answer = await probe.post("/write/", json={"name": token}, headers={**KEY, "x-cart-token": token})
            assert answer.status_code == 201
        assert await rows(owner_url) == ["cart-a", "cart-b"]

    async def test_forgets_refusals(self, probe: httpx.AsyncClient, owner_url: str) -> None:
        assert (await probe.post("/write/", json={"name": ""}, headers=KEY)).status_code == 400
        assert (await probe.post("/write/refused", json={"name": "a"}, headers=KEY)).status_code == 409
        assert (await probe.post("/write/", json={"name": "good"}, headers=KEY)).status_code == 201
        assert await rows(owner_url) == ["good"]

    async def test_must_be_sane(self, probe: httpx.AsyncClient) -> None:
        for key in ("", "a" * 256, "a\tb"):
            answer = await probe.post("/write/", json={"name": "a"}, headers={"idempotency-key": key})
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")

    async def test_knows_an_upload_by_its_file(self, probe: httpx.AsyncClient, owner_url: str) -> None:
        def files(content: bytes) -> dict[str, tuple[str, bytes, str]]:
            return {"file": ("a.csv", content, "text/csv")}

        first = await probe.post("/upload/kept", files=files(b"x" * 200_000), headers=KEY)
        again = await probe.post("/upload/kept", files=files(b"x" * 200_000), headers=KEY)
        other = await probe.post("/upload/kept", files=files(b"y" * 200_000), headers=KEY)
        assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422), again.text
        assert await rows(owner_url) == ["200000"]
