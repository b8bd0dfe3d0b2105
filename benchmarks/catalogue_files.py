"""A whole catalogue in and out: `python -m benchmarks.catalogue_files`.

100,000 products are imported by a real worker from an inventory list, imported again with every tenth price
changed, all repriced in one request, and exported. Memory is the worker's, read while it works.
"""

import asyncio
import csv
import gzip
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import httpx

from benchmarks.processes import Process
from benchmarks.stage import Stage, run
from benchmarks.table import Row

PRODUCTS = 100_000
MOST_SECONDS = 60
POLL = 0.2


@dataclass(frozen=True, kw_only=True)
class Import:
    seconds: float
    cpu: float | None
    grown_mb: float
    result: dict[str, Any]


async def rows(stage: Stage) -> list[Row]:
    """Into a new store, whose catalogue is large then and stays."""
    worker = stage.worker()
    async with stage.client() as client:
        store = {"name": "Large", "slug": "large", "currency": "GBP", "timezone": "Europe/London"}
        created = (await client.post("/stores", json=store)).raise_for_status().json()
        base = f"/stores/{created['id']}/products"
        small = await _import(client, worker, base, inventory(1000))
        first = await _import(client, worker, base, inventory(PRODUCTS))
        again = await _import(client, worker, base, inventory(PRODUCTS, changed=10))
        preview, _ = await _reprice(client, base, dry_run=True)
        repriced, told = await _reprice(client, base, dry_run=False)
        exported, size = await _export(client, base)
    growth = f"{first.grown_mb - small.grown_mb:+.0f} MB of memory over 1,000 products"
    return [
        _row("import of 100,000 new products", first, growth),
        _row("the same with 10,000 new prices", again, f"{again.result['updated']:,} updated"),
        Row(figure="preview of a bulk price", ours=preview, unit="s"),
        Row(figure="bulk price", ours=repriced, unit="s", note=f"{told['changed']:,} offers"),
        Row(figure="export of 100,000 products", ours=exported, unit="s", note=f"{size / 1e6:.0f} MB"),
    ]


def inventory(count: int, *, changed: int = 0) -> bytes:
    """Gzipped; every `changed`-th price is another."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("name", "sku", "price", "inventory_quantity"))
    for number in range(count):
        cents = 100 + number % 9900 + (1 if changed and number % changed == 0 else 0)
        row = (f"Article {number} of the catalogue", f"ART-{number:06}", f"{cents / 100:.2f}", number % 50)
        writer.writerow(row)
    return gzip.compress(text.getvalue().encode(), 6)


def _row(figure: str, done: Import, note: str) -> Row:
    return Row(
        figure=figure,
        ours=done.seconds,
        unit="s",
        cpu_us=None if done.cpu is None else 1e6 * done.cpu / PRODUCTS,
        target=MOST_SECONDS,
        less_is_better=True,
        note=f"{PRODUCTS / done.seconds:,.0f} rows/s; {note}",
    )


async def _import(client: httpx.AsyncClient, worker: Process, base: str, content: bytes) -> Import:
    cpu, memory = worker.cpu_seconds(), worker.memory_mb() or 0.0
    started, most = perf_counter(), memory
    answer = await client.post(
        f"{base}/import",
        params={"format": "inventory"},
        files={"file": ("list.csv.gz", content, "application/gzip")},
    )
    job_id = answer.raise_for_status().json()["job_id"]
    while True:
        job = (await client.get(f"/jobs/{job_id}")).raise_for_status().json()
        most = max(most, worker.memory_mb() or 0.0)
        if job["status"] not in {"queued", "running"}:
            break
        await asyncio.sleep(POLL)
    seconds, after = perf_counter() - started, worker.cpu_seconds()
    if job["status"] != "succeeded":
        msg = f"the import has {job['status']}: {job['error']}"
        raise RuntimeError(msg)
    spent = None if cpu is None or after is None else after - cpu
    return Import(seconds=seconds, cpu=spent, grown_mb=most - memory, result=job["result"])


async def _reprice(client: httpx.AsyncClient, base: str, *, dry_run: bool) -> tuple[float, dict[str, Any]]:
    body = {"increase_percent": "7.5", "filter": {}, "compare_at": "old_price", "dry_run": dry_run}
    started = perf_counter()
    answer = await client.post(f"{base}/bulk-price", json=body, timeout=130)
    told: dict[str, Any] = answer.raise_for_status().json()
    return perf_counter() - started, told


async def _export(client: httpx.AsyncClient, base: str) -> tuple[float, int]:
    started, size = perf_counter(), 0
    async with client.stream("GET", f"{base}/export.csv") as answer:
        chunks: AsyncIterator[bytes] = answer.raise_for_status().aiter_bytes()
        async for chunk in chunks:
            size += len(chunk)
    return perf_counter() - started, size


if __name__ == "__main__":
    run(rows)
