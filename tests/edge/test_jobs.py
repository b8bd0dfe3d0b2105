"""Watching a job over HTTP: one's own, a store's, and nobody else's."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import httpx
import pytest

from shoplytics.api import create_app
from shoplytics.kernel.ids import new_id
from shoplytics.settings import Settings
from tests.edge.test_access import MINE, OTHER, USERS, Memberships, fakes

ADD = """
    insert into platform_job (id, store_id, user_id, kind, status, payload, done, total, error_rows)
    values ($1, $2, $3, 'probe.import', $4, '{"secret": 1}', 5, 10, $5)
"""
ADD_ERROR = """
    insert into platform_job_error (job_id, store_id, user_id, line, code, message, source_row)
    values ($1, $2, $3, $4, 'bad_price', 'No price.', $5)
"""


@pytest.fixture
async def jobs(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(
        settings,
        modules=[],
        with_work={},
        alone={"sessions": fakes, "memberships": lambda _: Memberships()},
    )
    transport = httpx.ASGITransport(app)
    async with (
        app.lifespan(),
        httpx.AsyncClient(transport=transport, base_url="http://test/api/v1/jobs") as client,
    ):
        yield client


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


def as_(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {name}"}


async def add(
    owner: "asyncpg.Connection[asyncpg.Record]", *, store: UUID | None, status: str = "running", bad: int = 0
) -> UUID:
    job = new_id()
    await owner.execute(ADD, job, store, USERS["owner"], status, bad)
    for line in range(bad):
        await owner.execute(ADD_ERROR, job, store, USERS["owner"], line + 2, f"=cmd(),{line}")
    return job


class TestJob:
    async def test_is_seen_by_its_user_and_its_store_only(
        self, jobs: httpx.AsyncClient, owner: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        job = await add(owner, store=MINE)
        seen = {name: (await jobs.get(f"/{job}", headers=as_(name))).status_code for name in USERS}
        assert seen == {"owner": 200, "analyst": 200, "nobody": 404, "admin": 404}
        foreign = await add(owner, store=OTHER)
        assert (await jobs.get(f"/{foreign}", headers=as_("analyst"))).status_code == 404
        assert (await jobs.get(f"/{job}")).status_code == 401

    async def test_tells_how_far_it_is(
        self, jobs: httpx.AsyncClient, owner: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        found = (await jobs.get(f"/{await add(owner, store=MINE)}", headers=as_("owner"))).json()
        assert (found["status"], found["progress"]) == ("running", {"done": 5, "total": 10})
        assert found["errors_url"] is None
        assert "secret" not in str(found)

    async def test_is_cancelled_once_and_not_by_readers(
        self, jobs: httpx.AsyncClient, owner: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        job = await add(owner, store=MINE, status="queued")
        refused = await jobs.post(f"/{job}/cancel", headers=as_("analyst"))
        done = await jobs.post(f"/{job}/cancel", headers=as_("owner"))
        again = await jobs.post(f"/{job}/cancel", headers=as_("owner"))
        assert (refused.status_code, done.status_code, again.status_code) == (403, 200, 409), done.text
        assert done.json()["status"] == "cancelled"
        assert again.json()["code"] == "job_over"

    async def test_lists_refused_rows_as_safe_csv(
        self, jobs: httpx.AsyncClient, owner: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        job = await add(owner, store=MINE, bad=3)
        shown = (await jobs.get(f"/{job}", headers=as_("owner"))).json()
        assert shown["errors_url"].endswith(f"/api/v1/jobs/{job}/errors.csv")
        answer = await jobs.get(f"/{job}/errors.csv", headers=as_("owner"))
        lines = answer.text.splitlines()
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert lines[:2] == ["line,code,message,row", '2,bad_price,No price.,"\'=cmd(),0"']
        assert len(lines) == 4
        assert (await jobs.get(f"/{job}/errors.csv", headers=as_("nobody"))).status_code == 404
