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
