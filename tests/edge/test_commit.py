"""One request, one unit of work: committed with a good answer, gone with any other."""

import asyncpg
import httpx


async def rows(owner_url: str) -> list[str]:
    owner = await asyncpg.connect(owner_url)
    found = await owner.fetch("select task from platform_schedule order by task")
    await owner.close()
    return [row["task"] for row in found]


class TestUnitOfWork:
    async def test_is_committed_with_a_good_answer(self, probe: httpx.AsyncClient, owner_url: str) -> None:
        answer = await probe.post("/write/", json={"name": "kept"})
        assert (answer.status_code, answer.json()["name"]) == (201, "kept"), answer.text
        assert await rows(owner_url) == ["kept"]

    async def test_is_rolled_back_when_an_error_is_raised(
        self, probe: httpx.AsyncClient, owner_url: str
    ) -> None:
        answer = await probe.post("/write/refused", json={"name": "gone"})
        assert (answer.status_code, answer.json()["code"]) == (409, "refused")
        assert await rows(owner_url) == []

    async def test_is_rolled_back_when_an_error_is_returned(
        self, probe: httpx.AsyncClient, owner_url: str
    ) -> None:
        answer = await probe.post("/write/returned", json={"name": "gone"})
        assert answer.status_code == 409
        assert await rows(owner_url) == []

    async def test_answers_409_for_a_broken_unique_key_nobody_expected(
        self, probe: httpx.AsyncClient, owner_url: str
    ) -> None:
        answer = await probe.post("/write/twice", json={"name": "same"})
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert await rows(owner_url) == []

    async def test_answers_503_when_the_commit_is_lost_and_then_goes_on(
        self, probe: httpx.AsyncClient, owner_url: str
    ) -> None:
        for _ in range(3):
            answer = await probe.post("/write/cut", json={"name": "lost"}, headers={"idempotency-key": "k"})
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), answer.text
            assert answer.headers["retry-after"] == "1"
            assert answer.headers["content-type"] == "application/problem+json"
        assert (await probe.post("/write/", json={"name": "kept"})).status_code == 201
        assert await rows(owner_url) == ["kept"]

    async def test_answers_409_when_only_the_commit_finds_the_conflict(
        self, probe: httpx.AsyncClient, owner_url: str
    ) -> None:
        owner = await asyncpg.connect(owner_url)
        await owner.execute(
            "alter table platform_schedule add constraint late unique (cron) deferrable initially deferred"
        )
        try:
            assert (await probe.post("/write/", json={"name": "first"})).status_code == 201
            answer = await probe.post("/write/", json={"name": "second"})
            assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        finally:
            await owner.execute("alter table platform_schedule drop constraint late")
            await owner.close()
        assert await rows(owner_url) == ["first"]

    async def test_is_not_undone_by_what_runs_after_it(
        self, probe: httpx.AsyncClient, owner_url: str
    ) -> None:
        assert (await probe.post("/write/after")).status_code == 201
        assert await rows(owner_url) == ["after"]

    async def test_ends_with_503_when_the_handler_takes_too_long(
        self, probe: httpx.AsyncClient, owner_url: str
    ) -> None:
        answer = await probe.post("/write/slow")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert await rows(owner_url) == []

    async def test_lasts_as_long_as_a_streamed_answer(self, probe: httpx.AsyncClient, owner_url: str) -> None:
        answer = await probe.post("/write/stream", json={"name": "s", "quantity": 3})
        assert answer.content == b"xxx"
        assert await rows(owner_url) == ["s0", "s1", "s2"]
