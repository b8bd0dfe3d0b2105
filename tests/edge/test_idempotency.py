"""The same request under one key: one effect, one answer, as often as it is sent."""

import asyncio

import asyncpg
import httpx

from shoplytics.adapters.postgres.idempotency import CLAIM_SECONDS
from tests.edge.test_commit import rows
from tests.workers import until

KEY = {"idempotency-key": "abc-1"}


async def execute(owner_url: str, sql: str, *args: object) -> object:
    owner = await asyncpg.connect(owner_url)
    found = await owner.fetchval(sql, *args)
    await owner.close()
    return found


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


YOUNG = "select count(*) from platform_idempotency where created_at > now() - interval '3 seconds'"
DEAD = """
    insert into platform_idempotency (scope, key, fingerprint, status, content_type, body, created_at)
    select scope, 'dead', fingerprint, 0, '', 'another', now() - make_interval(secs => $1)
    from platform_idempotency
"""


class TestADeedOfItsOwn:
    """Which ends units of work of its own, so that no transaction holds the key while it is done."""

    async def send(self, probe: httpx.AsyncClient, name: str, key: str = "abc-1") -> httpx.Response:
        return await probe.post("/deed/", json={"name": name}, headers={"idempotency-key": key})

    async def test_is_done_once_for_eight_at_a_time(self, probe: httpx.AsyncClient, owner_url: str) -> None:
        answers = await asyncio.gather(*(self.send(probe, "once") for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
        refused = [answer for answer in answers if answer.status_code == 409]
        assert {answer.json()["code"] for answer in refused} == {"request_in_flight"}
        assert {int(answer.headers["retry-after"]) for answer in refused} == {1}
        again = await self.send(probe, "once")
        assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
        assert await rows(owner_url) == ["once"]

    async def test_is_not_done_under_the_key_of_another(
        self, probe: httpx.AsyncClient, owner_url: str
    ) -> None:
        await self.send(probe, "once")
        answer = await self.send(probe, "twice")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert await rows(owner_url) == ["once"]

    async def test_may_be_asked_for_again_at_once_when_it_failed(
        self, probe: httpx.AsyncClient, owner_url: str
    ) -> None:
        for _ in range(2):
            answer = await self.send(probe, "refused")
            assert (answer.status_code, answer.json()["code"]) == (409, "refused")
        for _ in range(2):
            answer = await probe.post("/deed/stuck", json={"name": "a"}, headers=KEY)
            assert answer.status_code == 503
        assert (await self.send(probe, "good")).status_code == 201
        assert await rows(owner_url) == ["good"]

    async def test_of_a_process_that_died_is_soon_another_ones(
        self, probe: httpx.AsyncClient, owner_url: str
    ) -> None:
        await self.send(probe, "good")
        for age, status in ((CLAIM_SECONDS - 1, 409), (CLAIM_SECONDS + 1, 201)):
            await execute(owner_url, "delete from platform_idempotency where key = 'dead'")
            await execute(owner_url, "delete from platform_schedule")
            await execute(owner_url, DEAD, age)
            assert (await self.send(probe, "good", "dead")).status_code == status
        assert await rows(owner_url) == ["good"]

    async def test_keeps_its_claim_alive(self, probe: httpx.AsyncClient, owner_url: str) -> None:
        slow = asyncio.ensure_future(self.send(probe, "slow"))

        async def claimed() -> bool:
            return bool(await execute(owner_url, YOUNG))

        async def renewed() -> bool:
            return slow.done() or await claimed()

        await until(claimed)
        await execute(owner_url, "update platform_idempotency set created_at = now() - interval '4 seconds'")
        await until(renewed)
        assert (await self.send(probe, "slow")).json()["code"] == "request_in_flight"
        assert (await slow).status_code == 201
