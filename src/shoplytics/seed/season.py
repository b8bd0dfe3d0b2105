"""When people buy: the year, the week and the hours of a shop, and how many come by chance."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from math import exp, sqrt
from random import Random
from zoneinfo import ZoneInfo

import msgspec

MEAN_MONTH = 30.4
FEW = 30


class Peak(msgspec.Struct, frozen=True, kw_only=True):
    """A bell around one day of every year: `height` 1.0 doubles the trade on the day itself."""

    month: int
    day: int
    width: float
    height: float


class Season(msgspec.Struct, frozen=True, kw_only=True):
    """`months`, `weekdays` (from Monday) and `hours` are weights; `growth` is the factor over a year."""

    months: tuple[float, ...]
    weekdays: tuple[float, ...]
    hours: tuple[float, ...]
    peaks: tuple[Peak, ...]
    growth: float


# How much better goods of a season sell in each month; `all` sell evenly.
AFFINITY = {
    "all": (1.0,) * 12,
    "spring": (0.8, 1.1, 1.6, 1.9, 1.7, 1.2, 0.9, 0.8, 0.8, 0.7, 0.6, 0.6),
    "summer": (0.4, 0.5, 0.7, 1.1, 1.6, 2.1, 2.2, 1.7, 0.9, 0.5, 0.4, 0.4),
    "autumn": (0.8, 0.8, 0.8, 0.7, 0.7, 0.7, 0.8, 1.2, 1.8, 2.0, 1.5, 0.9),
    "winter": (1.6, 1.3, 0.9, 0.5, 0.4, 0.3, 0.3, 0.5, 1.0, 1.6, 2.1, 2.3),
    "gift": (0.4, 0.9, 1.0, 0.6, 0.6, 0.6, 0.5, 0.5, 0.7, 1.2, 2.8, 4.2),
}


def _between_months(months: Sequence[float], day: date) -> float:
    """Straight lines from the middle of one month to the next, so that no month starts with a jump."""
    place = day.month - 1 + (day.day - 15) / MEAN_MONTH
    left = int(place // 1)
    part = place - left
    return months[left % 12] * (1 - part) + months[(left + 1) % 12] * part


def _days_from(peak: Peak, day: date) -> int:
    return min(
        abs((date(y, peak.month, peak.day) - day).days) for y in (day.year - 1, day.year, day.year + 1)
    )


def weight_of(season: Season, day: date, *, first: date) -> float:
    """The expected trade of a day; an ordinary day at the beginning has about 1."""
    grown: float = season.growth ** ((day - first).days / 365)
    bells = sum(p.height * exp(-((_days_from(p, day) / p.width) ** 2) / 2) for p in season.peaks)
    return grown * _between_months(season.months, day) * season.weekdays[day.weekday()] * (1 + bells)


def affinity(season: str, day: date) -> float:
    """How well goods of a season sell on a day, against their own average."""
    return _between_months(AFFINITY[season], day)


def poisson(rng: Random, mean: float) -> int:
    """How many come when `mean` are expected (Knuth's product; the normal curve for large means)."""
    if mean > FEW:
        return max(0, round(rng.gauss(mean, sqrt(mean))))
    limit, count, chance = exp(-mean), 0, rng.random()
    while chance > limit:
        count += 1
        chance *= rng.random()
    return count


def hour_starts(day: date, zone: ZoneInfo) -> list[datetime]:
    """The 24 local hours of a day in UTC; an hour the clocks skip falls together with the next."""
    return [datetime.combine(day, time(hour), zone).astimezone(UTC) for hour in range(24)]


def days_until(last: date, *, days: int = 366) -> list[date]:
    """`days` days, the last one included."""
    return [last - timedelta(days=back) for back in range(days - 1, -1, -1)]
