"""Visits and sales of the last thirty days as the popularity of products."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from shoplytics.adapters.postgres.work import Work
from shoplytics.modules.catalog.ports import CountedSale

# Events of one store that sell the same products wait for each other: an order's former version must be read
# after the transaction that wrote it.
LOCK_SALES = "select pg_advisory_xact_lock(hashtextextended('catalog sales ' || $1::text, 0))"
SALES = """
    select order_id, version, day, product_ids, units from catalog_sale
    where store_id = $1 and order_id = any($2::uuid[])
"""
SAVE_SALES = """
    insert into catalog_sale (store_id, order_id, version, day, product_ids, units)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (store_id, order_id) do update set version = excluded.version, day = excluded.day,
        product_ids = excluded.product_ids, units = excluded.units
"""
COUNT = """
    with given as (
        select id, day, score from unnest($2::uuid[], $3::date[], $4::bigint[]) g (id, day, score)
    ), locked as (
        select id from catalog_product
        where store_id = $1 and id in (select id from given) order by id for no key update
    ), kept as (
        insert into catalog_popularity (store_id, product_id, day, score)
        select $1, id, day, sum(score) from given join locked using (id) group by id, day
        on conflict (store_id, product_id, day) do update
            set score = catalog_popularity.score + excluded.score
    )
    update catalog_product p set popularity = p.popularity + g.score
    from (select id, sum(score) as score from given group by id) g, locked
    where p.id = g.id and locked.id = g.id and g.score <> 0
"""
FORGET = """
    with due as (
        select store_id, product_id, day from catalog_popularity where day < $1
        order by day, product_id limit $2
    ), gone as (
        delete from catalog_popularity c using due
        where (c.store_id, c.product_id, c.day) = (due.store_id, due.product_id, due.day)
        returning c.product_id, c.score
    ), locked as (
        select id from catalog_product
        where id in (select product_id from due) order by id for no key update
    ), changed as (
        update catalog_product p set popularity = p.popularity - g.score
        from (select product_id, sum(score) as score from gone group by product_id) g, locked
        where p.id = g.product_id and locked.id = p.id
    )
    select count(*) from gone
"""
FORGET_SALES = "delete from catalog_sale where day < $1"
AT_ONCE = 5_000


class PgPopularity:
    """See PopularityRepository in modules/catalog/ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def sales(self, *, store_id: UUID, order_ids: Sequence[UUID]) -> Mapping[UUID, CountedSale]:
        await self._work.raw.execute(LOCK_SALES, str(store_id))
        rows = await self._work.raw.fetch(SALES, store_id, list(order_ids))
        return {
            row[0]: CountedSale(
                order_id=row[0], version=row[1], day=row[2], units=dict(zip(row[3], row[4], strict=True))
            )
            for row in rows
        }

    async def keep(self, *, store_id: UUID, sales: Sequence[CountedSale]) -> None:
        await self._work.raw.executemany(
            SAVE_SALES,
            [
                (store_id, sale.order_id, sale.version, sale.day, list(sale.units), list(sale.units.values()))
                for sale in sales
            ],
        )

    async def count(self, *, store_id: UUID, scores: Mapping[tuple[UUID, date], int]) -> None:
        ids, days = [product for product, _ in scores], [day for _, day in scores]
        await self._work.raw.execute(COUNT, store_id, ids, days, list(scores.values()))

    async def forget(self, *, before: date) -> None:
        while await self._work.raw.fetchval(FORGET, before, AT_ONCE) == AT_ONCE:
            continue
        await self._work.raw.execute(FORGET_SALES, before)
