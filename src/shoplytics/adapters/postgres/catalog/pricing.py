"""Many prices at once: one statement for the offers, however many the filter matches."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg

from shoplytics.adapters.postgres.catalog.filters import FILTERS, OWN
from shoplytics.adapters.postgres.catalog.stock import PgStock
from shoplytics.kernel.money import MAX_MINOR, Money
from shoplytics.modules.catalog.domain import PriceRule
from shoplytics.modules.catalog.ports import PriceTally, ProductFilter
from shoplytics.ports.catalog import PriceChange, PriceRefusal

SHOWN = 100
# A whole catalogue is one statement here: it may take as long as a request may.
PATIENCE = "select set_config('statement_timeout', '110s', true)"
REFRESH_RAISED = "select count(*) from catalog_refresh($1::uuid[], 1)"

_IDS = "p.id = any($#::uuid[])"


def _judged(where: str, *, lock: bool) -> str:
    """`after` is exact: numeric, rounded half up to the minor unit, since prices are never negative."""
    return f"""
        with picked as materialized (
            select o.id, o.product_id, o.variant_id, o.sku, o.currency, o.price as before,
                case when $3::numeric is null then $2::bigint else round(o.price * $3::numeric)::bigint end
                    as after
            from catalog_offer o
            where o.store_id = $1::uuid and o.deleted_at is null
                and o.product_id in (select p.id from catalog_product p where {where})
            order by o.id {"for update" if lock else ""}
        ), judged as materialized (
            select *, after is not distinct from before as same,
                case
                    when after is null then 'no_price'
                    when after > {MAX_MINOR} then 'out_of_range'
                    when after = 0 and before > 0 and $3::numeric is not null then 'would_be_zero'
                end as refused
            from picked
        )"""


_CHANGED = """, changed as (
        update catalog_offer o set price = j.after, version = o.version + 1, updated_at = $5::timestamptz,
            compare_at = case
                when $4::boolean and j.before is not null then
                    case when j.after < j.before then j.before end
                when o.compare_at > j.after then o.compare_at
            end
        from judged j
        where o.store_id = $1::uuid and o.id = j.id and j.refused is null and not j.same
        returning o.product_id
    )"""


def _told(products: str) -> str:
    def shown(last: str, which: str) -> str:
        return f"""array(
            select (j.id, j.product_id, p.title, v.title, j.sku, j.before, {last}, j.currency)
            from judged j join catalog_product p on p.id = j.product_id
            join catalog_variant v on v.id = j.variant_id
            where {which} order by j.id limit {SHOWN}
        )"""

    changes = "refused is null and not same"
    return f"""
        select count(*), count(*) filter (where {changes}),
            count(*) filter (where refused is null and same), count(refused),
            count(distinct product_id) filter (where {changes}),
            {shown("j.after", changes)}, {shown("j.refused", "refused is not null")}, {products}
        from judged
    """


@lru_cache(maxsize=1024)
def price_statement(filters: tuple[str, ...], *, by_ids: bool, write: bool) -> str:
    """Parameters: store, new price, factor, whether the old one becomes compare-at; to write, the time; then
    the filters' values, or the ids."""
    place = 6 if write else 5
    wanted = [OWN, "p.store_id = $1::uuid"]
    wanted += [FILTERS[name].replace("$#", f"${n}") for n, name in enumerate(filters, start=place)]
    if by_ids:
        wanted.append(_IDS.replace("$#", f"${place + len(filters)}"))
    if not write:
        wanted.append("$4::boolean is not null")
    products = "array(select distinct product_id from changed)" if write else "null"
    changed = _CHANGED if write else ""
    return f"{_judged(' and '.join(wanted), lock=write)}{changed}{_told(products)}"


def price_statements() -> Iterator[str]:
    """What the test of prepared statements reads."""
    names = tuple(name for name in FILTERS if name != "store_id")
    for write in (False, True):
        yield price_statement(names, by_ids=False, write=write)
        yield price_statement((), by_ids=True, write=write)


def _parts(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "offer_id": row[0],
        "product_id": row[1],
        "product_title": row[2],
        "variant_title": row[3],
        "sku": row[4],
        "before": None if row[5] is None else Money(row[5], row[7]),
    }


def _tally(row: asyncpg.Record) -> PriceTally:
    return PriceTally(
        matched=row[0],
        changed=row[1],
        unchanged=row[2],
        refused=row[3],
        products=row[4],
        examples=[PriceChange(**_parts(one), after=Money(one[6], one[7])) for one in row[5]],
        refusals=[PriceRefusal(**_parts(one), code=one[6]) for one in row[6]],
    )


class PgPrices(PgStock):
    """See PriceRepository in modules/catalog/ports. Offers are locked by id, then products by id."""

    async def preview(
        self, rule: PriceRule, *, store_id: UUID, ids: Sequence[UUID] | None, wanted: ProductFilter
    ) -> PriceTally:
        statement, values = _asked(rule, store_id, ids, wanted, now=None)
        await self._work.raw.execute(PATIENCE)
        (row,) = await self._work.raw.fetch(statement, *values)
        return _tally(row)

    async def change(
        self,
        rule: PriceRule,
        *,
        store_id: UUID,
        ids: Sequence[UUID] | None,
        wanted: ProductFilter,
        now: datetime,
    ) -> PriceTally:
        statement, values = _asked(rule, store_id, ids, wanted, now=now)
        await self._work.raw.execute(PATIENCE)
        (row,) = await self._work.raw.fetch(statement, *values)
        products = row[7]
        if products:
            await self._work.raw.execute(REFRESH_RAISED, products)
        return _tally(row)


def _asked(
    rule: PriceRule,
    store_id: UUID,
    ids: Sequence[UUID] | None,
    wanted: ProductFilter,
    *,
    now: datetime | None,
) -> tuple[str, list[Any]]:
    names = tuple(
        name
        for name in ProductFilter.__struct_fields__
        if name != "store_id" and getattr(wanted, name) is not None
    )
    values: list[Any] = [store_id, rule.to, rule.factor, rule.old_price_compares]
    if now is not None:
        values.append(now)
    values += [getattr(wanted, name) for name in names]
    if ids is not None:
        values.append(list(ids))
    return price_statement(names, by_ids=ids is not None, write=now is not None), values
