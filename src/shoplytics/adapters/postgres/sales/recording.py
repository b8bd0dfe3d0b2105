"""Orders written in sets: one statement each for customers, orders and lines, whatever the batch's size."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record

from shoplytics.adapters.postgres.sales.rows import LINE, WHOLE, line_of, order_of
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.domain.people import KnownPerson, Match, matched
from shoplytics.modules.sales.ports import OrderRecord, Person, StoredOrder
from shoplytics.ports.sales import IncomingOrder, OrderLineView, OrderView, PostalAddress

# Two imports of one store would meet in the middle of each other's customers; so one batch goes at a time.
LOCK = "select pg_advisory_xact_lock(hashtextextended('sales_order:' || $1::uuid::text, 0))"
STORED = """
    select external_key, id, version, customer_id, content_hash from sales_order
    where store_id = $1 and source = $2 and external_key = any($3::text[])
"""
# A file without Ids knows an order by its number and time; there is an index of times.
CONTENTS = f"""
    select {WHOLE} from sales_order
    where store_id = $1 and source = $2 and external_key = any($3::text[]) and deleted_at is null
    union all
    select {WHOLE} from sales_order
    where store_id = $1 and source = $2 and number = any($4::text[]) and placed_at = any($5::timestamptz[])
      and not external_key = any($3::text[]) and deleted_at is null
"""
LINES_OF = f"""
    select {LINE} from sales_order_line where store_id = $1 and order_id = any($2::uuid[])
    order by order_id, position
"""
CONSENTS = """
    select email, accepts_marketing from sales_customer
    where store_id = $1 and email = any($2::text[]) and deleted_at is null
"""
# Whoever changes customers of one store has the rows in the order of their ids.
KNOWN = """
    select id, external_id, email from sales_customer
    where store_id = $1 and (external_id = any($2::text[]) or email = any($3::text[])) and deleted_at is null
    order by id for no key update
"""
NUMBERS = """
    select id, external_id from sales_customer
    where store_id = $1 and id = any($2::uuid[]) and external_id is not null
"""
_GIVEN = """
    unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::timestamptz[])
        as x (id, external_id, email, name, phone, accepts, last_at)
"""
_LEARNT = """
    name = case when c.name = '' then {news}.name else c.name end,
    phone = coalesce(c.phone, {news}.phone),
    external_id = coalesce(c.external_id, {news}.external_id),
    accepts_marketing = case when {news}.{last} < c.last_order_at
        then c.accepts_marketing else {news}.{accepts} end,
    version = c.version + 1,
    updated_at = now()
"""
LEARN = f"""
    update sales_customer c set email = coalesce(c.email, x.email),
        {_LEARNT.format(news="x", last="last_at", accepts="accepts")}
    from {_GIVEN} where c.store_id = $1 and c.id = x.id
"""
# A checkout may have made one with the same address meanwhile: then it is that one.
ADD_CUSTOMERS = f"""
    insert into sales_customer as c
        (id, store_id, currency, external_id, email, name, phone, accepts_marketing, last_order_at)
    select id, $1, $9, external_id, email, name, phone, accepts, last_at from {_GIVEN} order by email, id
    on conflict (store_id, email) where deleted_at is null and email is not null do update set
        {_LEARNT.format(news="excluded", last="last_order_at", accepts="accepts_marketing")}
    returning email, id
"""
RECOUNT = """
    update sales_customer c set
        order_count = o.orders, spent = o.spent, first_order_at = o.first_at, last_order_at = o.last_at,
        version = c.version + 1, updated_at = now()
    from (
        select x.id, count(o.id) as orders,
            coalesce(sum(o.total - o.refunded) filter (where o.currency = k.currency), 0)::bigint as spent,
            min(o.placed_at) as first_at, max(o.placed_at) as last_at
        from unnest($2::uuid[]) as x (id)
        join sales_customer k on k.store_id = $1 and k.id = x.id
        left join sales_order o
            on o.store_id = $1 and o.customer_id = x.id and o.counts and o.deleted_at is null
        group by x.id
    ) o
    where c.store_id = $1 and c.id = o.id
      and (c.order_count, c.spent, c.first_order_at, c.last_order_at)
          is distinct from (o.orders, o.spent, o.first_at, o.last_at)
"""
CLEAR_LINES = "delete from sales_order_line where store_id = $1 and order_id = any($2::uuid[])"
ADD_LINES = """
    insert into sales_order_line (
        store_id, order_id, position, product_id, variant_id, sku, title, quantity, unit_price, discount,
        total, requires_shipping, taxable, fulfilment
    )
    select $1, x.* from unnest(
        $2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::int[], $9::bigint[],
        $10::bigint[], $11::bigint[], $12::boolean[], $13::boolean[], $14::text[]
    ) as x
"""

COLUMNS = {
    "id": "uuid",
    "source": "text",
    "external_key": "text",
    "external_id": "text",
    "number": "text",
    "status": "text",
    "financial_status": "text",
    "fulfilment_status": "text",
    "counts": "boolean",
    "currency": "text",
    "gross": "bigint",
    "subtotal": "bigint",
    "discount": "bigint",
    "shipping": "bigint",
    "tax": "bigint",
    "total": "bigint",
    "refunded": "bigint",
    "customer_id": "uuid",
    "email": "text",
    "phone": "text",
    "accepts_marketing": "boolean",
    "billing_address": "jsonb",
    "shipping_address": "jsonb",
    "note": "text",
    "tags": "text[]",
    "discount_codes": "text[]",
    "placed_at": "timestamptz",
    "paid_at": "timestamptz",
    "fulfilled_at": "timestamptz",
    "cancelled_at": "timestamptz",
    "session_id": "bigint",
    "content_hash": "bytea",
}
_NAMES = ", ".join(COLUMNS)
_TYPED = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
_REPLACED = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "id")
WRITE = f"""
    insert into sales_order as o (store_id, {_NAMES})
    select $1, {_NAMES} from json_to_recordset($2::json) as x ({_TYPED})
    on conflict on constraint sales_order_key do update set
        {_REPLACED}, version = o.version + 1, updated_at = now(), deleted_at = null
"""


class _Row(msgspec.Struct):
    """An order as WRITE reads it; the fields are named like the columns."""

    id: UUID
    source: str
    external_key: str
    external_id: str | None
    number: str
    status: str
    financial_status: str
    fulfilment_status: str
    counts: bool
    currency: str
    gross: int
    subtotal: int
    discount: int
    shipping: int
    tax: int
    total: int
    refunded: int
    customer_id: UUID | None
    email: str | None
    phone: str | None
    accepts_marketing: bool
    billing_address: PostalAddress | None
    shipping_address: PostalAddress | None
    note: str
    tags: list[str]
    discount_codes: list[str]
    placed_at: datetime
    paid_at: datetime | None
    fulfilled_at: datetime | None
    cancelled_at: datetime | None
    session_id: int | None
    content_hash: str


def _row(record: OrderRecord) -> _Row:
    order = record.order
    return _Row(
        id=record.id,
        source=record.source,
        external_key=order.key,
        external_id=order.external_id,
        number=order.number,
        status=order.status,
        financial_status=order.financial_status,
        fulfilment_status=order.fulfilment_status,
        counts=record.counts,
        currency=order.currency,
        gross=order.gross,
        subtotal=order.subtotal,
        discount=order.discount,
        shipping=order.shipping,
        tax=order.tax,
        total=order.total,
        refunded=order.refunded,
        customer_id=record.customer_id,
        email=order.email,
        phone=order.phone,
        accepts_marketing=order.accepts_marketing,
        billing_address=order.billing_address,
        shipping_address=order.shipping_address,
        note=order.note,
        tags=order.tags,
        discount_codes=order.discount_codes,
        placed_at=order.placed_at,
        paid_at=order.paid_at,
        fulfilled_at=order.fulfilled_at,
        cancelled_at=order.cancelled_at,
        session_id=order.session_id,
        content_hash="\\x" + record.content_hash.hex(),
    )


def _known(rows: Sequence[Record], lines: Sequence[Record]) -> list[OrderView]:
    currencies = {row["id"]: row["currency"] for row in rows}
    held: dict[UUID, list[OrderLineView]] = defaultdict(list)
    for line in lines:
        held[line["order_id"]].append(line_of(line, currencies[line["order_id"]]))
    return [order_of(row, held[row["id"]]) for row in rows]


def _columns(matches: Sequence[Match]) -> tuple[list[object], ...]:
    """As _GIVEN reads them."""
    people = [one.person for one in matches]
    return (
        [one.id for one in matches],
        [one.external_id for one in people],
        [one.email for one in people],
        [one.name for one in people],
        [one.phone for one in people],
        [one.accepts_marketing for one in people],
        [one.last_order_at for one in people],
    )


class PgOrderRecords:
    """See modules/sales/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def stored(self, *, store_id: UUID, source: str, keys: Sequence[str]) -> Mapping[str, StoredOrder]:
        await self._work.raw.execute(LOCK, store_id)
        rows = await self._work.raw.fetch(STORED, store_id, source, keys)
        return {
            key: StoredOrder(id=order_id, version=version, customer_id=customer, content_hash=mark)
            for key, order_id, version, customer, mark in rows
        }

    async def contents(
        self, *, store_id: UUID, source: str, orders: Sequence[IncomingOrder]
    ) -> Sequence[OrderView]:
        await self._work.raw.execute(LOCK, store_id)
        asked = ([o.key for o in orders], [o.number for o in orders], [o.placed_at for o in orders])
        rows = await self._work.raw.fetch(CONTENTS, store_id, source, *asked)
        return _known(rows, await self._work.raw.fetch(LINES_OF, store_id, [row["id"] for row in rows]))

    async def consents(self, *, store_id: UUID, emails: Sequence[str]) -> Mapping[str, bool]:
        rows = await self._work.raw.fetch(CONSENTS, store_id, emails)
        return {row["email"]: row["accepts_marketing"] for row in rows}

    async def customers(
        self, *, store_id: UUID, currency: str, people: Sequence[Person]
    ) -> Mapping[str, UUID]:
        if not people:
            return {}
        numbers = [one.external_id for one in people if one.external_id is not None]
        addresses = [one.email for one in people if one.email is not None]
        rows = await self._work.raw.fetch(KNOWN, store_id, numbers, addresses)
        known = [KnownPerson(id=row[0], external_id=row[1], email=row[2]) for row in rows]
        matches, found = matched(people, known, new_id=new_id)
        await self._work.raw.execute(LEARN, store_id, *_columns([one for one in matches if not one.new]))
        made = [one for one in matches if one.new]
        rows = await self._work.raw.fetch(ADD_CUSTOMERS, store_id, *_columns(made), currency)
        there = {row["email"]: row["id"] for row in rows if row["email"] is not None}
        instead = {one.id: there.get(one.person.email or "", one.id) for one in made}
        return {key: instead.get(ident, ident) for key, ident in found.items()}

    async def numbers(self, *, store_id: UUID, customer_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        rows = await self._work.raw.fetch(NUMBERS, store_id, customer_ids)
        return {row["id"]: row["external_id"] for row in rows}

    async def write(self, *, store_id: UUID, records: Sequence[OrderRecord]) -> None:
        body = msgspec.json.encode([_row(record) for record in records]).decode()
        await self._work.raw.execute(WRITE, store_id, body)
        replaced = [record.id for record in records if record.version > 1]
        if replaced:
            await self._work.raw.execute(CLEAR_LINES, store_id, replaced)
        await self._add_lines(store_id, records)

    async def _add_lines(self, store_id: UUID, records: Sequence[OrderRecord]) -> None:
        lines = [line for record in records for line in record.order.lines]
        await self._work.raw.execute(
            ADD_LINES,
            store_id,
            [record.id for record in records for _ in record.order.lines],
            [place for record in records for place in range(1, len(record.order.lines) + 1)],
            [line.product_id for line in lines],
            [line.variant_id for line in lines],
            [line.sku for line in lines],
            [line.title for line in lines],
            [line.quantity for line in lines],
            [line.unit_price for line in lines],
            [line.discount for line in lines],
            [line.quantity * line.unit_price - line.discount for line in lines],
            [line.requires_shipping for line in lines],
            [line.taxable for line in lines],
            [line.fulfilment.value for line in lines],
        )

    async def recount(self, *, store_id: UUID, customer_ids: Sequence[UUID]) -> None:
        if customer_ids:
            await self._work.raw.execute(RECOUNT, store_id, sorted(customer_ids))
