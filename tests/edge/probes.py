"""A small module mounted beside nothing else, to show what the edge does for every route."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.params import Parameter
from litestar.response import Stream

from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import MANAGERS, DbRole, members, platform, public, signed_in, system
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.errors import Conflict
from shoplytics.kernel.module import Module
from shoplytics.kernel.money import Money
from shoplytics.ports.edge import Client, Upload


class Line(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class Thing(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    price: Money | None = None
    ratio: float = 1.0
    low: Annotated[int, msgspec.Meta(ge=0, le=9)] | None = None
    at: datetime | None = None
    words: list[Annotated[str, msgspec.Meta(pattern="^[a-z]+$")]] | None = None
    lines: Annotated[list[Line], msgspec.Meta(max_length=100)] = []


class ThingView(msgspec.Struct, kw_only=True):
    name: str
    version: int = 3
    price: Money | None = None


class Count(msgspec.Struct):
    rows: int


class ProbeService:
    """Writes rows of `platform_schedule`, a table that needs no module."""

    def __init__(self, infra: Infra, work: Work) -> None:
        self._infra = infra
        self._work = work

    async def cut(self) -> None:
        """As when the server goes away before the commit."""
        pid = await self._work.raw.fetchval("select pg_backend_pid()")
        other = await self._infra.database.connect()
        await other.execute("select pg_terminate_backend($1)", pid)
        await other.close()

    async def add(self, name: str) -> None:
        await self._work.raw.execute(
            "insert into platform_schedule (id, task, cron, next_at)"
            " values (gen_random_uuid(), $1, '', now())",
            name,
        )


class ProbeController(Controller):
    path = "/probe"

    @get("/public", permission="probe:public")
    async def public(  # noqa: PLR0917 - Litestar calls it by keyword
        self,
        limit: Annotated[int, Parameter(ge=1, le=100)] = 20,
        number: int = 0,
        text: str = "",
        thing: UUID | None = None,
        since: date | None = None,
        ratio: float = 1.0,
    ) -> list[str]:
        return [str(limit), text, str(number), str(thing), str(since), str(ratio)]

    @get("/required", permission="probe:public")
    async def required(self, name: str) -> str:
        return name

    @get("/tags", permission="probe:public", repeatable=("tag",))
    async def tags_(self, tag: list[str] | None = None) -> list[str]:
        return tag or []

    @post("/echo", permission="probe:public")
    async def echo(self, data: Thing) -> ThingView:
        return ThingView(name=data.name, price=data.price)

    @get("/view/{thing_id:uuid}", permission="probe:public")
    async def view(self, thing_id: UUID) -> ThingView:
        return ThingView(name=str(thing_id))

    @patch("/view", permission="probe:public")
    async def change(self, data: Thing, if_match: int | None) -> ThingView:
        return ThingView(name=f"{data.name} {if_match}")

    @get("/client", permission="probe:public")
    async def client(self, client: Client, actor: Actor) -> list[str]:
        return [client.address, client.user_agent, actor.label]

    @get("/boom", permission="probe:public")
    async def boom(self) -> None:
        raise RuntimeError("the secret of the kitchen")


class WritingController(Controller):
    path = "/probe/write"

    @post("/", permission="probe:system", idempotent=True)
    async def write(self, data: Thing, probe: ProbeService) -> ThingView:
        await probe.add(data.name)
        return ThingView(name=data.name)

    @post("/refused", permission="probe:system", idempotent=True)
    async def refused(self, data: Thing, probe: ProbeService) -> ThingView:
        await probe.add(data.name)
        raise Conflict(code="refused")

    @post("/returned", permission="probe:system", status_code=409)
    async def returned(self, data: Thing, probe: ProbeService) -> Response[bytes]:
        await probe.add(data.name)
        return Response(b"{}", status_code=409)

    @post("/cut", permission="probe:system", idempotent=True)
    async def cut(self, data: Thing, probe: ProbeService) -> None:
        await probe.add(data.name)
        await probe.cut()

    @post("/stream", permission="probe:system")
    async def stream(self, data: Thing, probe: ProbeService) -> Stream:
        async def lines() -> AsyncIterator[bytes]:
            for number in range(data.quantity):
                await probe.add(f"{data.name}{number}")
                yield b"x"

        return Stream(lines())

    @post("/after", permission="probe:system")
    async def after(self, work: Work, probe: ProbeService) -> None:
        async def fail() -> None:
            raise OSError("nobody listens")

        work.after_commit(fail)
        await probe.add("after")

    @post("/slow", permission="probe:system", seconds=0.05)
    async def slow(self, probe: ProbeService) -> None:
        await probe.add("slow")
        await asyncio.Event().wait()

    @post("/twice", permission="probe:system")
    async def twice(self, data: Thing, probe: ProbeService) -> None:
        await probe.add(data.name)
        await probe.add(data.name)

    @delete("/", permission="probe:user")
    async def mine(self, work: Work) -> None:
        await work.raw.execute("select set_config('app.seen', current_user, true)")


class Deeds:
    """Ends units of work of its own."""

    def __init__(self, infra: Infra) -> None:
        self._infra = infra

    async def do(self, name: str) -> None:
        async with self._infra.database.work(DbRole.SYSTEM) as work:
            await ProbeService(self._infra, work).add(name)
            await work.commit()


class DeedController(Controller):
    path = "/probe/deed"

    @post("/", permission="probe:system", idempotent=True, own_work=True)
    async def do(self, data: Thing, deeds: Deeds) -> ThingView:
        if data.name == "refused":
            raise Conflict(code="refused")
        await asyncio.sleep(2.5 if data.name == "slow" else 0.05)
        await deeds.do(data.name)
        return ThingView(name=data.name)

    @post("/stuck", permission="probe:system", idempotent=True, own_work=True, seconds=0.05)
    async def stuck(self, data: Thing) -> None:
        await asyncio.Event().wait()


def deeds(infra: Infra) -> Deeds:
    return Deeds(infra)


class UploadController(Controller):
    path = "/probe"

    @post("/upload/", permission="probe:public", raw_body=True, body_limit=300_000)
    async def upload(self, upload: Upload) -> tuple[str, str, int]:
        size = 0
        async for chunk in upload.chunks():
            size += len(chunk)
        return upload.filename, upload.content_type, size

    @post("/upload/kept", permission="probe:system", raw_body=True, body_limit=300_000, idempotent=True)
    async def kept(self, upload: Upload, probe: ProbeService) -> Count:
        size = 0
        async for chunk in upload.chunks():
            size += len(chunk)
        await probe.add(str(size))
        return Count(size)

    @post("/raw", permission="probe:public", raw_body=True, body_limit=100)
    async def raw(self, request: Request[Any, Any, Any]) -> int:
        return len(await request.body())


STATEMENTS = {
    "number": "select ($1::text || '000000000000')::int",
    "text": "select $1::text",
    "wall": "select $1::text from platform_inbox",
}


class DatabaseController(Controller):
    path = "/probe/database"

    @post("/{case:str}", permission="probe:system")
    async def run(self, case: str, work: Work) -> None:
        if case == "driver":
            await work.raw.fetchval("select $1::int", 2**31)
        if case == "slow":
            await work.raw.execute("set local statement_timeout = 20")
            await work.raw.execute("select pg_sleep(5)")
        if case == "wall":
            await work.raw.execute("set local role shop_public")
        await work.raw.fetchval(STATEMENTS[case], "a\x00b" if case == "text" else "7")


class StoreController(Controller):
    path = "/stores/{store_id:uuid}/probe"

    @get("/", permission="probe:store")
    async def read(self, store_id: UUID, actor: Actor) -> list[str]:
        return [str(store_id), actor.label]

    @get("/admin", permission="probe:store")
    async def admin(self, store_id: UUID) -> None:
        return None


class AdminController(Controller):
    path = "/admin/probe"

    @get("/", permission="probe:platform")
    async def read(self) -> list[str]:
        return ["admin"]


def build(infra: Infra, work: Work) -> ProbeService:
    return ProbeService(infra, work)


PROBE = Module(
    name="probe",
    routes=[
        ProbeController,
        WritingController,
        DeedController,
        UploadController,
        DatabaseController,
        StoreController,
        AdminController,
    ],
    permissions=[
        public("probe:public"),
        system("probe:system"),
        signed_in("probe:user"),
        members("probe:store", MANAGERS, keys=True),
        platform("probe:platform"),
    ],
)
