"""Stored visits in a unit of work: the list, the load of past ones, the count of rollups from raw visits."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.tracking.statements import take_turn
from shoplytics.adapters.postgres.work import Work
from shoplytics.modules.tracking.ports import DatedVisit
from shoplytics.ports.tracking import VisitView

LIST = """
    select id, started_at, session_id::text as session_id, path, product_id, referrer_host, utm_source,
        utm_medium, utm_campaign, utm_term, utm_content, device, browser,
        engaged_ms::float8 / 1000 as engaged_seconds
    from tracking_visit
    where store_id = $1 and started_at >= $2 and started_at < $3
        and ($4::uuid is null or product_id = $4)
        and ($5::timestamptz is null or (started_at, id) < ($5, $6::uuid))
    order by started_at desc, id desc
    limit $7
"""
ADD_VISITS = """
    insert into tracking_visit (
        store_id, id, day, hour, started_at, visitor, session_id, product_id, path, referrer_host,
        utm_source, utm_medium, utm_campaign, utm_term, utm_content, device, browser, engaged_ms)
    select $1, * from unnest(
        $2::uuid[], $3::date[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::bigint[], $8::uuid[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
        $17::text[], $18::int[])
"""
# What the rollups mean, said once more from the raw visits; the tests hold the two against each other.
COUNT_HOURS = """
    select hour, day, count(*) as visits, count(*) filter (where nth_of_visitor = 1) as visitors,
        count(*) filter (where nth_of_session = 1) as sessions,
        count(*) filter (where visits_of_session = 1) as bounces, sum(engaged_ms)::bigint as engaged_ms
    from (
        select hour, day, engaged_ms,
            row_number() over (partition by day, visitor order by started_at, id) as nth_of_visitor,
            row_number() over (partition by day, session_id order by started_at, id) as nth_of_session,
            count(*) over (partition by day, session_id) as visits_of_session
        from tracking_visit
        where store_id = $1 and day = any($2::date[]) and started_at >= $3 and started_at < $4
    ) visit
    group by hour, day
"""
COUNT_PRODUCTS = """
    select day, product_id, count(*) as visits, count(distinct visitor) as visitors,
        sum(engaged_ms)::bigint as engaged_ms
    from tracking_visit
    where store_id = $1 and day = any($2::date[]) and started_at >= $3 and started_at < $4
        and product_id is not null
    group by day, product_id
"""
CLEAR_HOURS = "delete from tracking_stat_hour where store_id = $1 and day = any($2::date[])"
CLEAR_PRODUCTS = "delete from tracking_stat_product_day where store_id = $1 and day = any($2::date[])"
FILL_HOURS = f"""
    insert into tracking_stat_hour (store_id, hour, day, visits, visitors, sessions, bounces, engaged_ms)
    select $1, * from ({COUNT_HOURS}) counted
"""
FILL_PRODUCTS = f"""
    insert into tracking_stat_product_day (store_id, day, product_id, visits, visitors, engaged_ms)
    select $1, * from ({COUNT_PRODUCTS}) counted
"""
FORGET_SALTS = "delete from tracking_salt where expires_at <= $1"
FORGET_VISITORS = "delete from tracking_visitor where day < $1::date - 2"
FORGET_PRODUCT_VISITORS = "delete from tracking_product_visitor where day < $1::date - 2"
FORGET_PAGES = "delete from tracking_page where day < $1::date - 2"


class PgVisits:
    """See modules/tracking/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def listed(
        self,
        *,
        store_id: UUID,
        start: datetime,
        end: datetime,
        product_id: UUID | None,
        before: tuple[datetime, UUID] | None,
        limit: int,
    ) -> Sequence[VisitView]:
        position = before or (None, None)
        rows = await self._work.raw.fetch(LIST, store_id, start, end, product_id, *position, limit)
        return [msgspec.convert(dict(row), VisitView) for row in rows]

    async def add(self, *, store_id: UUID, visits: Sequence[DatedVisit]) -> None:
        columns = [list(column) for column in zip(*map(_row, visits), strict=True)]
        await self._work.raw.execute(ADD_VISITS, store_id, *columns)

    async def rebuild(self, *, store_id: UUID, days: Sequence[date], start: datetime, end: datetime) -> None:
        raw = self._work.raw
        await take_turn(raw)
        for clear, fill in ((CLEAR_HOURS, FILL_HOURS), (CLEAR_PRODUCTS, FILL_PRODUCTS)):
            await raw.execute(clear, store_id, list(days))
            await raw.execute(fill, store_id, list(days), start, end)

    async def forget(self, *, now: datetime) -> int:
        raw = self._work.raw
        done = [await raw.execute(FORGET_SALTS, now)]
        old = (FORGET_VISITORS, FORGET_PRODUCT_VISITORS, FORGET_PAGES)
        done += [await raw.execute(sql, now.date()) for sql in old]
        return sum(int(tag.rpartition(" ")[2]) for tag in done)


def _row(dated: DatedVisit) -> tuple[object, ...]:
    visit = dated.visit
    campaign = visit.campaign
    return (
        dated.id,
        dated.day,
        dated.hour,
        visit.started_at,
        visit.visitor,
        visit.session_id,
        visit.product_id,
        visit.path,
        visit.referrer_host,
        campaign.source,
        campaign.medium,
        campaign.name,
        campaign.term,
        campaign.content,
        visit.device,
        visit.browser,
        visit.engaged_ms,
    )
