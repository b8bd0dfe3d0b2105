"""The demo's trade: always the same for the same moment, and shaped like a year in a shop."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from shoplytics.seed.baskets import black_friday
from shoplytics.seed.footfall import Visit
from shoplytics.seed.shops import HEARTH, KOLA, SHOPS, Shop
from shoplytics.seed.trade import Day, Order, Trade

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=UTC)


@cache
def _year(slug: str) -> tuple[Day, ...]:
    return tuple(Trade(next(shop for shop in SHOPS if shop.slug == slug), now=NOW).days())


def year_of(shop: Shop) -> tuple[Day, ...]:
    return _year(shop.slug)


@pytest.fixture(params=SHOPS, ids=lambda shop: shop.slug)
def shop(request: pytest.FixtureRequest) -> Shop:
    chosen: Shop = request.param
    return chosen


def orders_of(shop: Shop) -> list[Order]:
    return [order for day in year_of(shop) for order in day.orders]


def visits_of(shop: Shop) -> list[Visit]:
    return [visit for day in year_of(shop) for visit in day.visits]


class TestTrade:
    def test_is_the_same_for_the_same_moment(self) -> None:
        assert tuple(Trade(KOLA, now=NOW).days()) == year_of(KOLA)

    def test_differs_with_the_seed(self) -> None:
        assert tuple(Trade(KOLA, now=NOW, seed=1).days()) != year_of(KOLA)

    def test_has_a_year_of_whole_days_and_today_so_far(self, shop: Shop) -> None:
        days = year_of(shop)
        today = NOW.astimezone(ZoneInfo(shop.timezone)).date()
        assert [day.date for day in days] == [today - timedelta(days=back) for back in range(365, -1, -1)]
        assert max(visit.at for visit in days[-1].visits) <= NOW
        assert max(visit.at for visit in days[-2].visits) > NOW - timedelta(hours=24)

    def test_keeps_orders_in_time_and_within_their_local_day(self, shop: Shop) -> None:
        zone = ZoneInfo(shop.timezone)
        assert all(a.at <= b.at for a, b in pairwise(orders_of(shop)))
        assert all(o.at.astimezone(zone).date() == day.date for day in year_of(shop) for o in day.orders)

    def test_gives_each_order_a_number_of_its_own(self, shop: Shop) -> None:
        orders = orders_of(shop)
        assert len({order.number for order in orders}) == len(orders)

    def test_is_as_large_as_the_shop_says(self, shop: Shop) -> None:
        assert len(orders_of(shop)) == pytest.approx(shop.orders_a_year, rel=0.05)


class TestSeason:
    def test_peaks_before_christmas(self, shop: Shop) -> None:
        by_month = Counter(order.at.month for order in orders_of(shop))
        ordinary = sorted(by_month.values())[5]
        assert by_month.most_common(1)[0][0] == 12
        assert by_month[12] > 1.5 * ordinary

    def test_grows_over_the_year(self, shop: Shop) -> None:
        days = year_of(shop)
        spring = sum(len(d.orders) for d in days if d.date.month in {4, 5})
        autumn = sum(len(d.orders) for d in days if d.date.month in {9, 10})
        assert autumn > 1.1 * spring

    def test_has_a_week(self) -> None:
        hearth = Counter(day.date.weekday() for day in year_of(HEARTH) for _ in day.orders)
        kola = Counter(day.date.weekday() for day in year_of(KOLA) for _ in day.orders)
        assert hearth.most_common(1)[0][0] == 6
        assert min(kola, key=kola.__getitem__) == 6

    def test_sleeps_at_night(self, shop: Shop) -> None:
        zone = ZoneInfo(shop.timezone)
        by_hour = Counter(visit.at.astimezone(zone).hour for visit in visits_of(shop))
        assert by_hour[20] > 10 * by_hour[3]

    @pytest.mark.parametrize(
        ("year", "day"), [(2024, date(2024, 11, 29)), (2025, date(2025, 11, 28)), (2026, date(2026, 11, 27))]
    )
    def test_knows_black_friday(self, year: int, day: date) -> None:
        assert black_friday(year) == day


class TestOrders:
    def test_return_as_often_as_the_shop_says(self, shop: Shop) -> None:
        orders = orders_of(shop)
        refunded = [order for order in orders if order.refunded]
        whole = [o for o in refunded if o.refunded == o.total - o.shipping]
        assert len(refunded) / len(orders) == pytest.approx(shop.refunds, rel=0.25)
        assert 0 < len(whole) < len(refunded)

    def test_never_refund_more_than_was_paid_nor_after_a_cancellation(self, shop: Shop) -> None:
        assert all(0 <= order.refunded <= order.total for order in orders_of(shop))
        assert not [o for o in orders_of(shop) if o.cancelled_at and o.refunded]

    def test_come_from_a_few_faithful_and_many_others(self, shop: Shop) -> None:
        times = Counter(order.buyer.email for order in orders_of(shop) if order.buyer)
        again = [n for n in times.values() if n > 1]
        assert 0.2 < len(again) / len(times) < 0.45
        assert max(times.values()) >= 10

    def test_follow_zipf_more_or_less(self, shop: Shop) -> None:
        trade = Trade(shop, now=NOW)
        sold = Counter(trade.items[line.item].good for order in orders_of(shop) for line in order.lines)
        counts = [count for _, count in sold.most_common()]
        assert len(counts) == len(shop.goods)
        assert sum(counts[:10]) > 0.4 * sum(counts)

    def test_hold_no_item_twice_and_prices_of_the_list(self, shop: Shop) -> None:
        items = Trade(shop, now=NOW).items
        for order in orders_of(shop):
            assert len({line.item for line in order.lines}) == len(order.lines)
            assert all(line.unit_price == items[line.item].price and line.net > 0 for line in order.lines)


class TestVisits:
    def test_convert_as_real_ones_do(self, shop: Shop) -> None:
        orders = [order for order in orders_of(shop) if order.session is not None]
        sessions = {visit.session for visit in visits_of(shop)}
        assert 0.015 < len(orders) / len(sessions) < 0.04

    def test_lead_up_to_the_order_of_their_session(self) -> None:
        last = {visit.session: visit for day in year_of(KOLA) for visit in day.visits}
        orders = [order for order in orders_of(KOLA) if order.session is not None]
        assert all(last[o.session].path == "/checkout" for o in orders if o.session is not None)
        assert all(last[o.session].at <= o.at for o in orders if o.session is not None)

    def test_belong_to_one_visitor_of_one_day(self, shop: Shop) -> None:
        days: dict[int, set[date]] = {}
        for day in year_of(shop):
            for visit in day.visits:
                days.setdefault(visit.visitor, set()).add(day.date)
        assert all(len(seen) == 1 for seen in days.values())

    def test_are_engaged_for_half_an_hour_at_most(self, shop: Shop) -> None:
        assert all(0 <= visit.engaged <= 1800 for visit in visits_of(shop))
