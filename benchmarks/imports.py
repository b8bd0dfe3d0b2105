"""An orders file from its upload to the finished job, by a real worker: `python -m benchmarks.imports`.

The file is the real one of a month (41,480 lines) where the fixtures lie beside the project, else one of our
own of the same size. The job counts as done only when its events have been handled and reports are right.
"""

import asyncio
import csv
import gzip
import io
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import perf_counter

import httpx

from benchmarks.processes import ROOT
from benchmarks.stage import Stage, run
from benchmarks.table import Row

REAL = "retail/orders-2010-12.csv.gz"
MOST_SECONDS = 10
ORDERS, LINES = 1559, 41_480
POLL = 0.05
COLUMNS = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,"
    "Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,"
    "Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Id,Lineitem discount"
)


async def rows(stage: Stage) -> list[Row]:
    """Into a new store in pounds; then the same file again, which must change nothing."""
    content = await asyncio.to_thread(order_file)
    worker = stage.worker()
    async with stage.client() as client:
        store = {"name": "Imported", "slug": "imported", "currency": "GBP", "timezone": "Europe/London"}
        created = (await client.post("/stores", json=store)).raise_for_status().json()
        before = worker.cpu_seconds()
        first, result = await _import(client, created["id"], content)
        after = worker.cpu_seconds()
        again, repeated = await _import(client, created["id"], content)
    lines = result["lines"]
    cpu = None if before is None or after is None else 1e6 * (after - before) / lines
    return [
        Row(
            figure=f"import of {lines:,} order lines",
            ours=first,
            unit="s",
            cpu_us=cpu,
            target=MOST_SECONDS,
            less_is_better=True,
            note=f"{lines / first:,.0f} lines/s; CPU is the worker's, a line",
        ),
        Row(
            figure="the same file again",
            ours=again,
            unit="s",
            note=f"{repeated['unchanged']:,} orders unchanged, {repeated['changed']} changed",
        ),
    ]


def order_file() -> bytes:
    """The gzipped file."""
    real = ROOT / os.environ.get("SHOPLYTICS_FIXTURES", "../shared/fixtures") / REAL
    return real.read_bytes() if real.exists() else _invented()


async def _import(client: httpx.AsyncClient, store_id: str, content: bytes) -> tuple[float, dict[str, int]]:
    started = perf_counter()
    answer = await client.post(
        f"/stores/{store_id}/orders/import",
        params={"format": "shopify"},
        files={"file": (Path(REAL).name, content, "application/gzip")},
    )
    job_id = answer.raise_for_status().json()["job_id"]
    while True:
        job = (await client.get(f"/jobs/{job_id}")).raise_for_status().json()
        if job["status"] not in {"queued", "running"}:
            break
        await asyncio.sleep(POLL)
    if job["status"] != "succeeded":
        msg = f"the import has {job['status']}: {job}"
        raise RuntimeError(msg)
    return perf_counter() - started, job["result"]


def _invented() -> bytes:
    rng = Random(2010)  # noqa: S311 - a seeded generator is the point
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS.split(","))
    counts = [LINES // ORDERS + (number < LINES % ORDERS) for number in range(ORDERS)]
    for number, count in enumerate(counts):
        writer.writerows(_order(rng, number=536_365 + number, count=count))
    return gzip.compress(text.getvalue().encode(), 6)


def _order(rng: Random, *, number: int, count: int) -> Iterator[list[object]]:
    lines = [(rng.randint(1, 24), rng.randint(40, 1995), rng.randint(10_000, 13_000)) for _ in range(count)]
    total = sum(quantity * price for quantity, price, _ in lines)
    day = f"2010-12-{1 + number % 23:02} {8 + number % 11:02}:{number % 60:02}:00 +0000"
    amount = f"{total / 100:.2f}"
    head = [f"#{number}", f"customer{rng.randint(1, 900)}@example.com", "paid", day, "fulfilled", "GBP"]
    head += [amount, "0.00", "0.00", amount, "0.00", day]
    for place, (quantity, price, sku) in enumerate(lines):
        first = head if place == 0 else [head[0], head[1], *[""] * 9, day]
        line = [quantity, f"GOODS OF KIND {sku}", f"{price / 100:.2f}", sku, "true", "true", "fulfilled"]
        yield [*first, *line, number if place == 0 else "", "0.00"]


if __name__ == "__main__":
    run(rows)
