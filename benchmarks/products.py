"""The public product list of 20 and one product, beside the floor: `python -m benchmarks.products`."""

from benchmarks import load
from benchmarks.stage import Stage, in_turns, run
from benchmarks.table import Row

CONNECTIONS = 16
SHARE = 0.6


async def rows(stage: Stage) -> list[Row]:
    """The list has 20 products of both shops; the detail is one with its variants and offers."""
    async with stage.client() as client:
        listed = (await client.get("/products", params={"limit": 20})).raise_for_status().json()
    found = listed["items"][0]["id"]
    return [
        await _beside(stage, "product list of 20", "/products"),
        await _beside(stage, "product detail", f"/products/{found}"),
    ]


async def _beside(stage: Stage, figure: str, path: str) -> Row:
    api, floor = await stage.api(), await stage.floor()
    source = load.get(f"/api/v1{path}")
    ours, bare = await in_turns((api, source), (floor, load.get(path)), connections=CONNECTIONS)
    return Row(
        figure=figure,
        ours=ours.rate,
        floor=bare.rate,
        unit=f"requests/s at {CONNECTIONS} connections",
        cpu_us=ours.cpu_us,
        floor_cpu_us=bare.cpu_us,
        sql=await stage.statements(source, api.port),
        target=SHARE,
        target_is_share=True,
        note=f"p99 {ours.outcome.percentile(0.99):.0f} ms, floor {bare.outcome.percentile(0.99):.0f} ms",
    )


if __name__ == "__main__":
    run(rows)
