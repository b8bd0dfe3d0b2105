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

from shoplytics.adapters.postgres.catalog.filters import PUBLIC
from shoplytics.adapters.postgres.catalog.lists import list_statement
from shoplytics.adapters.postgres.catalog.storefront import DETAIL
from shoplytics.kernel.access import DbRole

LIST = list_statement(PUBLIC, (), "created_at", descending=True, after=False, total=False)


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


@get("/products")
async def products(state: State) -> Found:
    rows = await state.pool.fetch(LIST, 21)
    return Found([Summary(*row[:17]) for row in rows[:20]])


@get("/products/{product_id:uuid}")
async def product(state: State, product_id: UUID) -> Detail:
    row = await state.pool.fetchrow(DETAIL, product_id)
    return Detail(list(row[:18]), [tuple(i) for i in row[18]], [tuple(v) for v in row[19]])


@asynccontextmanager
async def pool(application: Litestar) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        os.environ["FLOOR_DATABASE_URL"],
        min_size=1,
        max_size=10,
        server_settings={"role": DbRole.PUBLIC.value, "application_name": "floor"},
    ) as opened:
        application.state.pool = opened
        yield


app = Litestar([nothing, track, products, product], lifespan=[pool], openapi_config=None)
