"""Days and buckets over clock changes, weeks, months and leap years."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoplytics.modules.analytics import domain

NOW = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
ZONES = ["UTC", "Europe/London", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"]


class TestDays:
    def test_defaults_to_the_last_thirty_local_days(self) -> None:
        assert domain.days(None, None, now=NOW, timezone="Africa/Lagos") == (
            date(2026, 10, 24),
            date(2026, 11, 22),
        )

    def test_takes_a_range_of_400_days_and_not_one_more(self) -> None:
        last = date(2026, 2, 4)
        assert domain.days(last - timedelta(days=399), last, now=NOW, timezone="UTC")
        with pytest.raises(domain.BadRange):
            domain.days(last - timedelta(days=400), last, now=NOW, timezone="UTC")

    @pytest.mark.parametrize(
        ("first", "last"),
        [
            (date(2026, 2, 2), date(2026, 2, 1)),
            (date(1, 1, 1), date(1, 1, 2)),
            (date(9999, 12, 31), None),
            (None, date(9999, 12, 31)),
            (None, date(1, 1, 1)),
        ],
    )
    def test_refuses_a_range_upside_down_or_out_of_the_calendar(
        self, first: date | None, last: date | None
    ) -> None:
        with pytest.raises(domain.BadRange):
            domain.days(first, last, now=NOW, timezone="UTC")

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "Mars/Olympus",
            "../etc/passwd",
            "utc\0",
            "x" * 5000,
            "localtime",
            "Factory",
            "posixrules",
            "right/UTC",
        ],
    )
    def test_refuses_a_zone_that_is_none(self, name: str) -> None:
        with pytest.raises(domain.UnknownTimeZone):
            domain.zone(name)

    def test_compares_leap_day_with_the_28th(self) -> None:
        assert domain.year_before(date(2024, 2, 29), date(2024, 3, 1)) == (
            date(2023, 2, 28),
            date(2023, 3, 1),
        )
        assert domain.previous(date(2026, 3, 1), date(2026, 3, 7)) == (date(2026, 2, 22), date(2026, 2, 28))


class TestSlots:
    def test_gives_a_day_of_23_hours_in_spring_and_25_in_autumn(self) -> None:
        spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
        for day, hours in ((spring, 23), (autumn, 25)):
            slots = domain.slots(day, day, interval="hour", timezone="Europe/London")
            assert len(slots) == hours
            assert slots[-1].end - slots[0].start == timedelta(hours=hours)

    def test_begins_a_day_without_midnight_at_its_first_moment(self) -> None:
        # Cairo, 24 April 2026: the clock goes from 00:00 to 01:00.
        (slot,) = domain.slots(date(2026, 4, 24), date(2026, 4, 24), interval="day", timezone="Africa/Cairo")
        assert slot.start == datetime(2026, 4, 23, 22, tzinfo=UTC)
        assert slot.end - slot.start == timedelta(hours=23)

    @pytest.mark.parametrize(
        ("day", "timezone"),
        [(date(1993, 8, 21), "Pacific/Kwajalein"), (date(2011, 12, 30), "Pacific/Apia")],
    )
    def test_gives_no_hours_to_a_day_that_the_zone_left_out(self, day: date, timezone: str) -> None:
        slots = domain.slots(day, day, interval="hour", timezone=timezone)
        assert (slots, domain.edges(slots)) == ([], [])
        around = domain.slots(
            day - timedelta(days=1), day + timedelta(days=1), interval="hour", timezone=timezone
        )
        assert len(around) == 48

    def test_names_a_cut_week_after_its_monday(self) -> None:
        slots = domain.slots(date(2026, 11, 18), date(2026, 11, 29), interval="week", timezone="UTC")
        assert [(s.label, s.cut) for s in slots] == [
            (date(2026, 11, 16), True),
            (date(2026, 11, 23), False),
        ]
        assert slots[0].start == datetime(2026, 11, 18, tzinfo=UTC)

    def test_says_which_months_are_cut(self) -> None:
        slots = domain.slots(date(2026, 1, 1), date(2026, 2, 27), interval="month", timezone="UTC")
        assert [(s.label, s.cut) for s in slots] == [(date(2026, 1, 1), False), (date(2026, 2, 1), True)]

    @settings(deadline=None)  # 400 days of hours take a busy machine longer than an example may
    @given(
        first=st.dates(date(1980, 1, 1), date(2035, 1, 1)),
        length=st.integers(0, 399),
        interval=st.sampled_from(["hour", "day", "week", "month"]),
        timezone=st.sampled_from(ZONES),
    )
    def test_leaves_no_gap_and_no_overlap(
        self, first: date, length: int, interval: str, timezone: str
    ) -> None:
        last = first + timedelta(days=length)
        slots = domain.slots(first, last, interval=interval, timezone=timezone)
        at = domain.zone(timezone)
        assert slots[0].start == domain.midnight(first, at)
        assert slots[-1].end == domain.midnight(last + timedelta(days=1), at)
        assert all(a.end == b.start and a.start < a.end for a, b in pairwise(slots))
        assert domain.edges(slots) == sorted(set(domain.edges(slots)))


class TestRatios:
    def test_rounds_halves_away_from_zero_and_takes_nothing_from_nothing(self) -> None:
        assert [domain.mean(5, 2), domain.mean(-5, 2), domain.mean(7, 0)] == [3, -3, 0]
        assert domain.rate(1, 3) == 0.3333
        assert domain.rate(3, 0) == 0
        assert domain.growth(3, 2) == 0.5
        assert domain.growth(3, 0) is None
