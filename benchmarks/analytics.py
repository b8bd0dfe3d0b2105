"""Reports over the demo's year, one at a time: `python -m benchmarks.analytics`."""

from datetime import UTC, datetime, timedelta

from benchmarks import load
from benchmarks.stage import Stage, in_turns, run
from benchmarks.table import Row

REPORTS = ("overview", "revenue", "traffic", "products", "customers")
P99_OVERVIEW = 25.0


async def rows(stage: Stage) -> list[Row]:
    """Thirty days of the first shop; the latency of a caller who waits for each answer."""
    return [await _report(stage, name) for name in REPORTS]


async def _report(stage: Stage, name: str) -> Row:
    async with stage.client() as client:
        headers = f"Authorization: {client.headers['Authorization']}\r\n"
    api, store = await stage.api(), stage.demo.stores[0]
    today = datetime.now(UTC).date()
    period = f"from={today - timedelta(days=29)}&to={today}"
    source = load.get(f"/api/v1/stores/{store.id}/analytics/{name}?{period}", headers=headers)
    (ours,) = await in_turns((api, source), connections=1, rounds=1)
    return Row(
        figure=f"analytics {name}, 30 days",
        ours=ours.outcome.percentile(0.5),
        unit="ms",
        cpu_us=ours.cpu_us,
        sql=await stage.statements(source, api.port),
        target=P99_OVERVIEW if name == "overview" else None,
        less_is_better=True,
        note=f"p99 {ours.outcome.percentile(0.99):.0f} ms",
    )


if __name__ == "__main__":
    run(rows)
