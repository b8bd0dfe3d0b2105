"""Carts begun, and whole orders placed and paid, by guests: `python -m benchmarks.checkout`.

A cart begun is POST /cart/items of a new guest. A whole order is that, a quote, the checkout, a payment by
the sandbox begun, and the shopper's way back, which settles it. What the shopper does on the sandbox's page
is done here, not over HTTP: no shop answers for it. Two API processes serve, as operators run them.
"""

import asyncio
from collections.abc import Sequence
from itertools import cycle
from time import perf_counter

import asyncpg
import msgspec

from benchmarks.processes import Server
from benchmarks.stage import STATEMENT, Stage, run
from benchmarks.table import Row
from shoplytics.adapters.sandbox import Decision, SandboxProvider
from shoplytics.settings.plugins import payment_providers_of

CLIENTS = 8
WARM_SECONDS, SECONDS = 2.0, 5.0
COUNTED = 20
CARTS_LEAST, CARTS_SQL = 300, 12
ORDERS_LEAST, ORDERS_SQL = 100, 45
PLENTY = "update catalog_offer set on_hand = 1000000"
SOLD = """
    select o.variant_id from catalog_offer o join catalog_product p on p.id = o.product_id
    where o.store_id = $1 and o.active and o.price is not null and p.published and o.deleted_at is null
    order by o.id limit 100
"""
ADDRESS = {"name": "Ada Obi", "address1": "12 Marina Road", "city": "Lagos", "country": "NG"}


class Shopper:
    """One connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(
        self, method: str, path: str, body: object = None, headers: str = ""
    ) -> tuple[int, dict[str, object]]:
        """The status, and the body when it is JSON. Raises RuntimeError for what was refused."""
        sent = b"" if body is None else msgspec.json.encode(body)
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{headers}"
            f"Content-Length: {len(sent)}\r\n\r\n"
        )
        self._writer.write(head.encode() + sent)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(answer.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        content = await self._reader.readexactly(length)
        status = int(answer.split(" ", 2)[1])
        if status >= 400:
            raise RuntimeError(content.decode())
        return status, msgspec.json.decode(content) if content.startswith(b"{") else {}


class Shopping:
    """Guests of the demo's first store."""

    def __init__(self, apis: Sequence[Server], variants: list[str], sandbox: SandboxProvider) -> None:
        self._ports = cycle(api.port for api in apis)
        self._variants = variants
        self._sandbox = sandbox
        self._turn = 0

    async def shopper(self) -> Shopper:
        return Shopper(*await asyncio.open_connection("127.0.0.1", next(self._ports)))

    async def cart(self, shopper: Shopper) -> str:
        """A header with its token."""
        self._turn += 1
        wanted = {"variant_id": self._variants[self._turn % len(self._variants)], "quantity": 1}
        _, cart = await shopper.ask("POST", "/api/v1/cart/items", wanted)
        return f"X-Cart-Token: {cart['token']}\r\n"

    async def order(self, shopper: Shopper) -> str:
        """The payment's reference; it is settled."""
        token = await self.cart(shopper)
        to = {"shipping_address": ADDRESS}
        _, quoted = await shopper.ask("POST", "/api/v1/checkout/quote", to, token)
        form = to | {"email": "ada@example.com", "expected_total": quoted["total"]}
        _, placed = await shopper.ask("POST", "/api/v1/checkout", form, token)
        mine = f"X-Order-Token: {placed['order_token']}\r\n"
        asked = {"checkout_id": placed["checkout_id"]}
        _, payment = await shopper.ask("POST", "/api/v1/payments", asked, mine)
        reference = str(payment["reference"])
        await self._sandbox.decide(reference, Decision.PAY)
        await shopper.ask("GET", f"/api/v1/payments/return/sandbox?reference={reference}")
        return reference


async def _shopping(stage: Stage) -> Shopping:
    owner = await asyncpg.connect(stage.owner_url)
    await owner.execute(PLENTY)
    variants = [str(row[0]) for row in await owner.fetch(SOLD, stage.demo.stores[0].id)]
    await owner.close()
    sandbox = payment_providers_of(stage.settings)["sandbox"]
    if not isinstance(sandbox, SandboxProvider):
        raise TypeError(sandbox)
    return Shopping(await stage.apis(), variants, sandbox)


async def _rate(shopping: Shopping, *, whole: bool) -> float:
    """So many a second by eight clients, once connections and statements are there."""
    await _done(shopping, WARM_SECONDS, whole=whole)
    return await _done(shopping, SECONDS, whole=whole) / SECONDS


async def _done(shopping: Shopping, seconds: float, *, whole: bool) -> int:
    deed = shopping.order if whole else shopping.cart
    shoppers = [await shopping.shopper() for _ in range(CLIENTS)]
    ends = perf_counter() + seconds

    async def go_on(shopper: Shopper) -> int:
        done = 0
        while perf_counter() < ends:
            await deed(shopper)
            done += 1
        return done

    return sum(await asyncio.gather(*(go_on(shopper) for shopper in shoppers)))


async def _statements(stage: Stage, shopping: Shopping, *, whole: bool) -> float:
    """For one, as PostgreSQL's own log counts them."""
    deed = shopping.order if whole else shopping.cart
    owner = await asyncpg.connect(stage.owner_url)
    shopper = await shopping.shopper()
    log = stage.home / "postgres.log"
    try:
        await owner.execute("alter system set log_min_duration_statement = 0")
        await owner.execute("select pg_reload_conf()")
        await deed(shopper)
        before = len(STATEMENT.findall(log.read_bytes()))
        for _ in range(COUNTED):
            await deed(shopper)
        after = len(STATEMENT.findall(log.read_bytes()))
    finally:
        await owner.execute("alter system reset log_min_duration_statement")
        await owner.execute("select pg_reload_conf()")
        await owner.close()
    return (after - before) / COUNTED


async def rows(stage: Stage) -> list[Row]:
    """A row for the rate of each, and one for its statements."""
    shopping = await _shopping(stage)
    found = []
    for name, whole, least, most in (
        ("carts begun with a line", False, CARTS_LEAST, CARTS_SQL),
        ("orders placed and paid", True, ORDERS_LEAST, ORDERS_SQL),
    ):
        rate = await _rate(shopping, whole=whole)
        sql = await _statements(stage, shopping, whole=whole)
        unit = f"a second by {CLIENTS} clients"
        found.append(Row(figure=name, ours=rate, unit=unit, sql=sql, target=least))
        found.append(
            Row(figure=f"SQL of {name}", ours=sql, unit="statements", target=most, less_is_better=True)
        )
    return found


if __name__ == "__main__":
    run(rows)
