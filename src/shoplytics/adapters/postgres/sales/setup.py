"""What a store sets up: its discounts, shipping rates and tax rates."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from shoplytics.adapters.postgres.sales.keyset import Keyset
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.codec import from_json, to_json
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.paging import Page
from shoplytics.modules.sales.domain import (
    DiscountCodeTaken,
    DiscountKind,
    DiscountScope,
    KeptDiscount,
    KeptShippingRate,
    KeptTaxRate,
    Place,
    SetUp,
)
from shoplytics.modules.sales.ports import PageOf, SetUpFilter

K = TypeVar("K", bound=SetUp)

OF_A_KIND = ("rate", "amount", "buy", "get")
"""Never 0 where a discount's kind has it, and always where it has not."""
COMMON = ("active", "version", "created_at", "updated_at", "deleted_at")
DISCOUNT = (
    *("title", "code", "kind", "rate", "amount", "currency", "buy", "get", "scope", "targets", "minimum"),
    *("minimum_quantity", "starts_at", "ends_at", "limit_total", "limit_per_shopper", "combines", *COMMON),
)
SHIPPING = ("name", "amount", "currency", "free_from", "places", *COMMON)
TAX = ("name", "rate", "inclusive", "on_shipping", "places", *COMMON)


def _read(fields: tuple[str, ...]) -> str:
    return ", ".join("places::text" if name == "places" else name for name in ("store_id", "id", *fields))


def _one(table: str, fields: tuple[str, ...]) -> str:
    return f"select {_read(fields)} from {table} where store_id = $1 and id = $2 for no key update"


def _add(table: str, fields: tuple[str, ...]) -> str:
    places = ", ".join(f"${number}" for number in range(1, len(fields) + 3))
    return f"insert into {table} (store_id, id, {', '.join(fields)}) values ({places})"


def _save(table: str, fields: tuple[str, ...]) -> str:
    changed = ", ".join(f"{name} = ${number}" for number, name in enumerate(fields, start=3))
    return f"update {table} set {changed} where store_id = $1 and id = $2"


def _crowding(table: str, where: str = "true") -> str:
    return f"select count(*) from {table} where store_id = $1 and deleted_at is null and {where}"


READ_DISCOUNT = (*DISCOUNT, "used")  # counted by orders alone
RUNNING = """(active and coalesce(starts_at, '-infinity') <= now() and now() < coalesce(ends_at, 'infinity')
    and (limit_total is null or used < limit_total))"""
DISCOUNTS_WHERE = f"""
    store_id = $1 and deleted_at is null and ($2::boolean is null or active = $2)
    and ($3::text is null or lower(code) = lower($3)) and ($4::boolean is null or {RUNNING} = $4)
"""
RATES_WHERE = "store_id = $1 and deleted_at is null and ($2::boolean is null or active = $2)"

ONE_DISCOUNT = _one("sales_discount", READ_DISCOUNT)
ADD_DISCOUNT = _add("sales_discount", DISCOUNT)
SAVE_DISCOUNT = _save("sales_discount", DISCOUNT)
AUTOMATIC_DISCOUNTS = _crowding("sales_discount", "code is null")
COUNT_DISCOUNTS = f"select count(*) from sales_discount where {DISCOUNTS_WHERE}"
LIST_DISCOUNTS = f"select {_read(READ_DISCOUNT)} from sales_discount where {DISCOUNTS_WHERE}"
ONE_SHIPPING = _one("sales_shipping_rate", SHIPPING)
ADD_SHIPPING = _add("sales_shipping_rate", SHIPPING)
SAVE_SHIPPING = _save("sales_shipping_rate", SHIPPING)
ALL_SHIPPING = _crowding("sales_shipping_rate")
COUNT_SHIPPING = f"select count(*) from sales_shipping_rate where {RATES_WHERE}"
LIST_SHIPPING = f"select {_read(SHIPPING)} from sales_shipping_rate where {RATES_WHERE}"
ONE_TAX = _one("sales_tax_rate", TAX)
ADD_TAX = _add("sales_tax_rate", TAX)
SAVE_TAX = _save("sales_tax_rate", TAX)
ALL_TAXES = _crowding("sales_tax_rate")
COUNT_TAXES = f"select count(*) from sales_tax_rate where {RATES_WHERE}"
LIST_TAXES = f"select {_read(TAX)} from sales_tax_rate where {RATES_WHERE}"


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    fields: tuple[str, ...]
    one: str
    add: str
    save: str
    crowding: str
    count: str
    sorts: Mapping[str, Keyset]


DISCOUNT_TABLE = _Table(
    fields=DISCOUNT,
    one=ONE_DISCOUNT,
    add=ADD_DISCOUNT,
    save=SAVE_DISCOUNT,
    crowding=AUTOMATIC_DISCOUNTS,
    count=COUNT_DISCOUNTS,
    sorts={"created_at": Keyset(LIST_DISCOUNTS, "created_at", "timestamptz", first=5)},
)
SHIPPING_TABLE = _Table(
    fields=SHIPPING,
    one=ONE_SHIPPING,
    add=ADD_SHIPPING,
    save=SAVE_SHIPPING,
    crowding=ALL_SHIPPING,
    count=COUNT_SHIPPING,
    sorts={"created_at": Keyset(LIST_SHIPPING, "created_at", "timestamptz", first=3)},
)
TAX_TABLE = _Table(
    fields=TAX,
    one=ONE_TAX,
    add=ADD_TAX,
    save=SAVE_TAX,
    crowding=ALL_TAXES,
    count=COUNT_TAXES,
    sorts={"created_at": Keyset(LIST_TAXES, "created_at", "timestamptz", first=3)},
)


class PgSetUps(Generic[K]):
    """See SetUps in the module's ports."""

    def __init__(self, work: Work, table: _Table, build: Callable[[asyncpg.Record], K]) -> None:
        self._work = work
        self._table = table
        self._build = build

    async def page(self, *, store_id: UUID, wanted: SetUpFilter, page: PageOf) -> Page[K]:
        keyset = Keyset.named(self._table.sorts, page.sort)
        asked: tuple[object, ...] = (store_id, wanted.active)
        if self._table is DISCOUNT_TABLE:
            asked = (*asked, wanted.code, wanted.running)
        rows = await self._work.raw.fetch(keyset.sql(page.sort), *asked, *keyset.start(page), page.limit + 1)
        found = keyset.page(rows, page, self._build)
        if page.total:
            found.total = await self._work.raw.fetchval(self._table.count, *asked)
        return found

    async def one(self, *, store_id: UUID, ident: UUID) -> K:
        row = await self._work.raw.fetchrow(self._table.one, store_id, ident)
        if row is None:
            raise NotFound
        return self._build(row)

    async def crowding(self, store_id: UUID) -> int:
        found: int = await self._work.raw.fetchval(self._table.crowding, store_id)
        return found

    async def add(self, kept: K) -> None:
        await self._write(self._table.add, kept)

    async def save(self, kept: K) -> None:
        await self._write(self._table.save, kept)

    async def _write(self, statement: str, kept: K) -> None:
        values = [_value(getattr(kept, name), name) for name in self._table.fields]
        try:
            await self._work.raw.execute(statement, kept.store_id, kept.id, *values)
        except asyncpg.UniqueViolationError:
            raise DiscountCodeTaken from None


def _value(value: object, name: str) -> object:
    if name == "places":
        return to_json(value).decode()
    return 0 if value is None and name in OF_A_KIND else value


def _discount(row: asyncpg.Record) -> KeptDiscount:
    values = dict(row) | {name: row[name] or None for name in OF_A_KIND}
    return KeptDiscount(**values | {"kind": DiscountKind(row["kind"]), "scope": DiscountScope(row["scope"])})


def _placed(row: asyncpg.Record) -> dict[str, Any]:
    values = dict(row)
    return values | {"places": from_json(values["places"], tuple[Place, ...])}


def pg_discounts(work: Work) -> PgSetUps[KeptDiscount]:
    return PgSetUps(work, DISCOUNT_TABLE, _discount)


def pg_shipping_rates(work: Work) -> PgSetUps[KeptShippingRate]:
    return PgSetUps(work, SHIPPING_TABLE, lambda row: KeptShippingRate(**_placed(row)))


def pg_tax_rates(work: Work) -> PgSetUps[KeptTaxRate]:
    return PgSetUps(work, TAX_TABLE, lambda row: KeptTaxRate(**_placed(row)))
