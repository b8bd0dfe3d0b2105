"""What the database refuses is the caller's mistake, or nobody's, but never a 500."""

import httpx

from tests.edge.test_bad_input import problem


class TestDatabase:
    async def test_refusing_a_number_means_400(self, probe: httpx.AsyncClient) -> None:
        for case in ("number", "text", "driver"):
            found = problem(await probe.post(f"/database/{case}"), 400)
            assert found["code"] in {"out_of_range", "invalid_text"}

    async def test_waiting_too_long_means_503(self, probe: httpx.AsyncClient) -> None:
        answer = await probe.post("/database/slow")
        assert problem(answer, 503)["code"] == "unavailable"
        assert answer.headers["retry-after"] == "1"

    async def test_guarding_rows_means_404(self, probe: httpx.AsyncClient) -> None:
        problem(await probe.post("/database/wall"), 404)
