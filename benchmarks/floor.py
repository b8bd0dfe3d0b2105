"""The floor: bare Litestar, asyncpg and msgspec, running the very statements of our own adapter.

No permissions, no limits, no request ids, no error shapes; amounts stay integers.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from litestar import Litestar, Request, get, post
from litestar.datastructures import State
from msgspec import structs

from benchmarks.shelves import LOOKS
from shoplytics.adapters.postgres.catalog.filters import PUBLIC
from shoplytics.adapters.postgres.catalog.lists import parameters, statement_of
from shoplytics.adapters.postgres.catalog.storefront import DETAIL, PLAIN
from shoplytics.adapters.postgres.database import HOT
from shoplytics.kernel.access import DbRole
from shoplytics.modules.catalog.service.search import query_of


class Summary(msgspec.Struct):
    id: UUID
    store_id: UUID
    store_name: str
    title: str
    slug: str
    image_url: str | None
    featured: bool
    tags: list[str]
    price: int | None
    compare_at: int | None
    sku: str | None
    in_stock: bool
    rating: float | None
    review_count: int
    created_at: datetime
    updated_at: datetime
    currency: str


class Found(msgspec.Struct):
    items: list[Summary]


class Detail(msgspec.Struct):
    columns: list[Any]
    images: list[tuple[Any, ...]]
    variants: list[tuple[Any, ...]]


@get("/nothing", sync_to_thread=False)
def nothing() -> dict[str, str]:
    return {}


@post("/track", status_code=202)
async def track(request: Request[Any, Any, State]) -> None:
    await request.body()


@get("/lists/{name:str}")
async def products(state: State, name: str, cursor: str) -> Found:
    """The statement is put together once for each list, its values are those of the first request."""
    known = state.lists.get(name)
    if known is None:
        query = query_of(structs.replace(LOOKS[name].search, cursor=cursor))
        names, values = parameters(query)
        pool = state.pool if PLAIN.issuperset(names) else state.custom
        known = state.lists[name] = (pool, statement_of(PUBLIC, query, names), values)
    pool, statement, values = known
    rows = await pool.fetch(statement, *values)
    return Found([Summary(*row[:17]) for row in rows[:20]])


@get("/products/{product_id:uuid}")
async def product(state: State, product_id: UUID) -> Detail:
    row = await state.pool.fetchrow(DETAIL, product_id)
    images, variants = ([tuple(one) for one in row[name]] for name in ("images", "variants"))
    return Detail(list(row[:20]), images, variants)


@asynccontextmanager
async def pools(application: Litestar) -> AsyncIterator[None]:
    """With the settings of our own, so that nothing but our code is between the two."""
    settings = {"role": DbRole.PUBLIC.value, "application_name": "floor", **HOT}
    url = os.environ["FLOOR_DATABASE_URL"]
    custom = {**settings, "plan_cache_mode": "force_custom_plan"}
    async with (
        asyncpg.create_pool(url, min_size=1, max_size=10, server_settings=settings) as plain,
        asyncpg.create_pool(url, min_size=1, max_size=10, server_settings=custom) as planned,
    ):
        application.state.pool, application.state.custom, application.state.lists = plain, planned, {}
        yield


app = Litestar([nothing, track, products, product], lifespan=[pools], openapi_config=None)
