"""Product lists of 100,000 and of 1,000 products, beside the floor: `python -m benchmarks.products`.

Every request of a list has a cursor of its own, so that none is answered from memory, but for the row that
says so. The floor runs the same statement with the same values.
"""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlencode

import asyncpg
import msgspec

from benchmarks import load
from benchmarks.load import Source
from benchmarks.processes import Server
from benchmarks.shelves import LARGE, LOOKS, SMALL, STORE, Look, fill
from benchmarks.stage import LOGIN, Stage, in_turns, run
from benchmarks.table import Row
from shoplytics.adapters.postgres.migrate import migrate

CONNECTIONS = 16
SHARE = 0.6
MOST_SLOWER = 1.5
LEAST_FASTER = 1.5
UNIT = f"requests/s at {CONNECTIONS} connections"


async def rows(stage: Stage) -> list[Row]:
    """The detail is one of the demo's, with its variants and offers."""
    async with stage.client() as client:
        listed = (await client.get("/products", params={"limit": 20})).raise_for_status().json()
    found = [await _detail(stage, f"/products/{listed['items'][0]['id']}")]
    large, small = await _shelves(stage, LARGE), await _shelves(stage, SMALL)
    for name, look in LOOKS.items():
        found += await _look(name, look, large, small)
    return [*found, await _kept(large)]


async def _detail(stage: Stage, path: str) -> Row:
    api, floor = await stage.api(), await stage.floor()
    source = load.get(f"/api/v1{path}")
    ours, bare = await in_turns((api, source), (floor, load.get(path)), connections=CONNECTIONS)
    return Row(
        figure="product detail, kept",
        ours=ours.rate,
        floor=bare.rate,
        unit=UNIT,
        cpu_us=ours.cpu_us,
        floor_cpu_us=bare.cpu_us,
        sql=await stage.statements(source, api.port),
        target=SHARE,
        target_is_share=True,
    )


@dataclass(frozen=True, kw_only=True)
class _Shelves:
    """A catalogue with its servers."""

    products: int
    api: Server
    floor: Server


async def _shelves(stage: Stage, products: int) -> _Shelves:
    name = f"shelves_{products}"
    owner = await asyncpg.connect(stage.servers.postgres_url())
    await owner.execute(f"create database {name}")
    await owner.close()
    url = stage.servers.postgres_url(database=name)
    await migrate(url, login=LOGIN)
    connection = await asyncpg.connect(url)
    await fill(connection, products)
    await connection.close()
    ours = stage.environ | {"SHOPLYTICS_DATABASE_URL": stage.servers.postgres_url(LOGIN, name)}
    api = Server("-m", "shoplytics", "serve", environ=ours, log=stage.home / f"{name}.log")
    floor = stage.bare(ours["SHOPLYTICS_DATABASE_URL"])
    stage.started += [api, floor]
    await asyncio.to_thread(api.wait, "/health/ready")
    await asyncio.to_thread(floor.wait, "/nothing")
    return _Shelves(products=products, api=api, floor=floor)


async def _look(name: str, look: Look, large: _Shelves, small: _Shelves) -> list[Row]:
    ours, bare, few = await in_turns(
        (large.api, _asking(look, LARGE)),
        (large.floor, load.get(f"/lists/{name}?cursor={next(look.cursors(LARGE))}")),
        (small.api, _asking(look, SMALL)),
        connections=CONNECTIONS,
        seconds=1.5,
    )
    against_floor = Row(
        figure=f"{look.figure}, {LARGE:,}",
        ours=ours.rate,
        floor=bare.rate,
        unit=UNIT,
        cpu_us=ours.cpu_us,
        floor_cpu_us=bare.cpu_us,
        target=SHARE,
        target_is_share=True,
        note=f"p99 {ours.outcome.percentile(0.99):.0f} ms",
    )
    against_few = Row(
        figure=f"{look.figure}, {LARGE:,} and {SMALL:,}",
        ours=few.rate / ours.rate,
        unit="times slower",
        target=MOST_SLOWER,
        less_is_better=True,
        note=f"{few.rate:,.0f} requests/s of {SMALL:,}",
    )
    return [against_floor, against_few]


def _asking(look: Look, products: int) -> Source:
    cursors = look.cursors(products)
    given = msgspec.to_builtins(look.search)
    plain = {name: value for name, value in given.items() if value not in (None, False)}
    query = urlencode({name: "true" if value is True else value for name, value in plain.items()}, doseq=True)

    def ask() -> tuple[bytes, None]:
        return load.get(f"/api/v1/products?{query}&cursor={next(cursors)}")()[0], None

    return ask


async def _kept(large: _Shelves) -> Row:
    fresh, kept = await in_turns(
        (large.api, _asking(LOOKS["first"], LARGE)),
        (large.api, load.get(f"/api/v1/products?store={STORE}")),
        connections=CONNECTIONS,
    )
    return Row(
        figure="first page, kept and asked anew",
        ours=kept.rate / fresh.rate,
        unit="times faster",
        target=LEAST_FASTER,
        note=f"{kept.rate:,.0f} requests/s kept",
    )


if __name__ == "__main__":
    run(rows)
