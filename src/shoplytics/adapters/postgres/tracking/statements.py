"""The SQL of one flush: raw visits and every rollup of them, in a few set-based statements.

Flushes take turns across all processes (TAKE_TURN), for they all write the same rows: today's rollups. So
each statement sees what the flush before it committed, and none can deadlock.
"""

from shoplytics.adapters.postgres.work import Raw

TURN = 5_174_201_733
TAKE_TURN = "select pg_advisory_xact_lock($1)"

# `limit 1` keeps the planner at one look into the index a row, whatever it last knew of the tables' size.
# A page seen before is left out. `part` numbers a visitor's sessions within the batch: 0 goes on with the
# open one. A session that gets its second visit is no bounce any more, in the hour it was counted in.
RECORD_VIEWS = """
    with given as (
        select * from unnest(
            $1::int[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::timestamptz[],
            $8::date[], $9::timestamptz[], $10::uuid[], $11::text[], $12::text[], $13::text[], $14::text[],
            $15::text[], $16::text[], $17::text[], $18::text[], $19::text[]
        ) as g (n, id, store_id, page_id, visitor, session_seed, at, day, hour, product_id, path,
            referrer_host, utm_source, utm_medium, utm_campaign, utm_term, utm_content, device, browser)
    ), fresh as (
        select distinct on (g.store_id, g.page_id) g.*
        from given g left join lateral (
            select true as seen from tracking_page p
            where p.store_id = g.store_id and p.page_id = g.page_id limit 1
        ) known on true
        where known.seen is null
        order by g.store_id, g.page_id, g.n
    ), ordered as (
        select f.*, v.session_id as open_session, v.session_hour as open_hour,
            coalesce(v.session_visits, 0) as open_visits, v.visitor is null as unseen,
            row_number() over w as nth,
            f.at - coalesce(lag(f.at) over w, v.last_at) as pause
        from fresh f left join lateral (
            select * from tracking_visitor o where o.store_id = f.store_id and o.visitor = f.visitor limit 1
        ) v on true
        window w as (partition by f.store_id, f.visitor order by f.at, f.n)
    ), parted as (
        select *, count(*) filter (where pause is null or pause > interval '30 minutes')
            over (partition by store_id, visitor order by at, n) as part
        from ordered
    ), placed as (
        select *,
            case when part = 0 then open_session else first_value(session_seed) over s end as session_id,
            case when part = 0 then open_hour else first_value(hour) over s end as session_hour,
            case when part = 0 then open_visits else 0 end
                + count(*) over (partition by store_id, visitor, part) as session_visits,
            row_number() over s as nth_of_part
        from parted window s as (partition by store_id, visitor, part order by at, n)
    ), visit as (
        insert into tracking_visit (
            store_id, started_at, id, day, hour, visitor, session_id, product_id, path, referrer_host,
            utm_source, utm_medium, utm_campaign, utm_term, utm_content, device, browser)
        select store_id, at, id, day, hour, visitor, session_id, product_id, path, referrer_host,
            utm_source, utm_medium, utm_campaign, utm_term, utm_content, device, browser
        from placed
    ), page as (
        insert into tracking_page (
            store_id, page_id, visit_id, visitor, session_id, product_id, day, hour, started_at)
        select store_id, page_id, id, visitor, session_id, product_id, day, hour, at from placed
    ), visitor as (
        insert into tracking_visitor as v (
            store_id, visitor, day, session_id, session_hour, session_visits, last_at)
        select distinct on (store_id, visitor)
            store_id, visitor, day, session_id, session_hour, session_visits, at
        from placed order by store_id, visitor, at desc, n desc
        on conflict (store_id, visitor) do update set
            session_id = excluded.session_id, session_hour = excluded.session_hour,
            session_visits = excluded.session_visits, last_at = greatest(v.last_at, excluded.last_at)
    ), hours as (
        insert into tracking_stat_hour as h (store_id, hour, day, visits, visitors, sessions, bounces)
        select store_id, hour, day, sum(visits), sum(visitors), sum(sessions), sum(bounces)
        from (
            select store_id, hour, day, 1 as visits, (unseen and nth = 1)::int as visitors, 0 as sessions,
                0 as bounces
            from placed
            union all
            select store_id, session_hour, day, 0, 0, (part > 0)::int,
                (session_visits = 1)::int - (part = 0 and open_visits = 1)::int
            from placed where nth_of_part = 1
        ) counted
        group by store_id, hour, day
        on conflict (store_id, hour, day) do update set
            visits = h.visits + excluded.visits, visitors = h.visitors + excluded.visitors,
            sessions = h.sessions + excluded.sessions, bounces = h.bounces + excluded.bounces
    ), product_visitor as (
        insert into tracking_product_visitor (store_id, product_id, visitor, day)
        select distinct store_id, product_id, visitor, day from placed where product_id is not null
        on conflict do nothing
        returning store_id, product_id, day
    ), product_day as (
        insert into tracking_stat_product_day as d (store_id, day, product_id, visits, visitors)
        select store_id, day, product_id, sum(visits), sum(visitors)
        from (
            select store_id, day, product_id, 1 as visits, 0 as visitors
            from placed where product_id is not null
            union all
            select store_id, day, product_id, 0, 1 from product_visitor
        ) counted
        group by store_id, day, product_id
        on conflict (store_id, day, product_id) do update set
            visits = d.visits + excluded.visits, visitors = d.visitors + excluded.visitors
    )
    select store_id, day, product_id, count(*) as visits from placed group by store_id, day, product_id
"""

# Pings say how long in all: the highest counts, once, and only what it adds goes into the rollups. A page is
# looked at no longer than since it was shown, by this side's clocks, plus what a slow network may take.
RECORD_PINGS = """
    with heard as (
        select store_id, page_id, max(at) as at, max(day) as day, max(engaged_ms) as engaged_ms
        from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::date[], $5::int[])
            as g (store_id, page_id, at, day, engaged_ms)
        group by store_id, page_id
    ), known as (
        select p.store_id, p.page_id, p.visit_id, p.visitor, p.session_id, p.product_id, p.day, p.hour,
            p.started_at, h.at, lived.engaged_ms, lived.engaged_ms - p.engaged_ms as more
        from heard h join lateral (
            select * from tracking_page o where o.store_id = h.store_id and o.page_id = h.page_id limit 1
        ) p on true cross join lateral (
            select least(
                h.engaged_ms, floor(extract(epoch from h.at - p.started_at + interval '5 seconds') * 1000)
            )::int as engaged_ms
        ) lived
    ), page as (
        update tracking_page p set engaged_ms = k.engaged_ms from known k
        where k.more > 0 and p.store_id = k.store_id and p.page_id = k.page_id
    ), visit as (
        update tracking_visit v set engaged_ms = k.engaged_ms from known k
        where k.more > 0 and v.store_id = k.store_id and v.started_at = k.started_at and v.id = k.visit_id
    ), visitor as (
        update tracking_visitor v set last_at = greatest(v.last_at, k.at)
        from (select store_id, visitor, session_id, max(at) as at from known group by 1, 2, 3) k
        where v.store_id = k.store_id and v.visitor = k.visitor and v.session_id = k.session_id
    ), hours as (
        insert into tracking_stat_hour as h (store_id, hour, day, engaged_ms)
        select store_id, hour, day, sum(more) from known where more > 0 group by store_id, hour, day
        on conflict (store_id, hour, day) do update set engaged_ms = h.engaged_ms + excluded.engaged_ms
    ), product_day as (
        insert into tracking_stat_product_day as d (store_id, day, product_id, engaged_ms)
        select store_id, day, product_id, sum(more) from known where more > 0 and product_id is not null
        group by store_id, day, product_id
        on conflict (store_id, day, product_id) do update set engaged_ms = d.engaged_ms + excluded.engaged_ms
    )
    insert into tracking_drop as d (store_id, day, reason, drops)
    select h.store_id, h.day, 'unknown_page', count(*)
    from heard h left join known k on k.store_id = h.store_id and k.page_id = h.page_id
    where k.page_id is null group by h.store_id, h.day
    on conflict (store_id, day, reason) do update set drops = d.drops + excluded.drops
"""
RECORD_DROPS = """
    insert into tracking_drop as d (store_id, day, reason, drops)
    select * from unnest($1::uuid[], $2::date[], $3::text[], $4::bigint[])
    on conflict (store_id, day, reason) do update set drops = d.drops + excluded.drops
"""


async def take_turn(raw: Raw) -> None:
    """Wait until no other transaction writes rollups; given up with the transaction."""
    await raw.execute(TAKE_TURN, TURN)
