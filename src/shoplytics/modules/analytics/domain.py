"""Days, buckets and ratios: the arithmetic of reports, free of any store of data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from shoplytics.kernel.clock import is_timezone
from shoplytics.kernel.errors import Invalid

MAX_DAYS = 400
DEFAULT_DAYS = 30
OLDEST = date(1970, 1, 1)
NEWEST = date(9990, 1, 1)
NO_RATE = 0.0


class BadRange(Invalid):
    code = "invalid_range"
    message = f"`from` must not be after `to`, and at most {MAX_DAYS} days may lie between them."


class UnknownTimeZone(Invalid):
    code = "unknown_timezone"
    message = "`tz` is an IANA time zone such as Africa/Lagos."


class TimeZoneNotSupported(Invalid):
    code = "tz_not_supported"
    message = "Visitors are known only by the store's own local days; leave `tz` out."


def zone(name: str) -> ZoneInfo:
    """Raises UnknownTimeZone."""
    if not is_timezone(name):
        raise UnknownTimeZone
    return ZoneInfo(name)


def days(first: date | None, last: date | None, *, now: datetime, timezone: str) -> tuple[date, date]:
    """Both ends, filled in with the last 30 local days. Raises BadRange."""
    end = last or max(first or OLDEST, now.astimezone(zone(timezone)).date())
    if not OLDEST <= end <= NEWEST:
        raise BadRange
    start = first or end - timedelta(days=DEFAULT_DAYS - 1)
    if not OLDEST <= start <= end or (end - start).days >= MAX_DAYS:
        raise BadRange
    return start, end


def previous(first: date, last: date) -> tuple[date, date]:
    """As many days, right before."""
    length = last - first
    end = first - timedelta(days=1)
    return end - length, end


def year_before(first: date, last: date) -> tuple[date, date]:
    """The same dates a year earlier; the 29th of February becomes the 28th."""
    return _a_year_less(first), _a_year_less(last)


def _a_year_less(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


@dataclass(frozen=True)
class Slot:
    """One bucket of a series: where it is counted from and to, and the local day it is named after."""

    label: date
    start: datetime
    end: datetime
    cut: bool


def midnight(day: date, at: ZoneInfo) -> datetime:
    """The first moment of a local day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=at).astimezone(UTC)


def slots(first: date, last: date, *, interval: str, timezone: str) -> list[Slot]:
    """The buckets of inclusive local days, without gap or overlap.

    A day on which the clock changes has 23 or 25 hours; a week carries its Monday's date even when the range
    begins later in the week. A day that the zone left out (Apia, 30 December 2011) has no hours at all.
    """
    at = zone(timezone)
    if interval == "hour":
        return [slot for day in _each(first, last) for slot in _hours(day, at)]
    labels = [day for day in _each(first, last) if day == first or _begins(day, interval)]
    bounds = [*labels, last + timedelta(days=1)]
    return [
        Slot(
            label=_label(start, interval),
            start=midnight(start, at),
            end=midnight(end, at),
            cut=_label(start, interval) != start or not _begins(end, interval),
        )
        for start, end in pairwise(bounds)
    ]


def edges(series: Sequence[Slot]) -> list[datetime]:
    """The bounds between the slots, one more than there are slots; none for no slots."""
    return [slot.start for slot in series] + [slot.end for slot in series[-1:]]


def _each(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _begins(day: date, interval: str) -> bool:
    return {"day": True, "week": day.weekday() == 0, "month": day.day == 1}[interval]


def _label(day: date, interval: str) -> date:
    if interval == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if interval == "month" else day


def _hours(day: date, at: ZoneInfo) -> list[Slot]:
    start, end = midnight(day, at), midnight(day + timedelta(days=1), at)
    count = -(-(end - start) // timedelta(hours=1))
    starts = [start + timedelta(hours=n) for n in range(count)]
    return [Slot(day, a, b, cut=False) for a, b in pairwise([*starts, end])]


def rate(part: int, whole: int) -> float:
    """A fraction to four places; 0 of nothing is 0."""
    return round(part / whole, 4) if whole else NO_RATE


def average(total: int, count: int) -> float:
    """To two places; 0 for no items."""
    return round(total / count, 2) if count else NO_RATE


def mean(total: int, count: int) -> int:
    """Minor units per item, halves away from zero; 0 for no items."""
    if not count:
        return 0
    sign = -1 if total < 0 else 1
    return sign * int(Fraction(abs(total), count) + Fraction(1, 2))


def growth(now: int | float, then: int | float) -> float | None:
    """By which fraction a figure grew; None when there was nothing then."""
    return round((now - then) / then, 4) if then else None


DEFINITIONS = {
    "orders": "Orders placed in the period that are sales: not cancelled before payment, not voided.",
    "order_lines": "Lines of those orders.",
    "customers": "Different customers among those orders; an order without an e-mail has no customer.",
    "visitors": "Visitor-days: a visitor is known for one local day of the store, then forgotten.",
    "visits": "Pages shown, without crawlers and without browsers that ask not to be tracked.",
    "sessions": "Visits of one visitor with no pause longer than 30 minutes, within one local day.",
    "bounce_rate": "Sessions of one single visit, divided by sessions.",
    "average_engaged_seconds": "Time pages were in focus, divided by visits; 30 minutes a page at most"
    " and no longer than since it was shown.",
    "revenue.gross": "Line prices times quantities, before discounts, without shipping and added tax.",
    "revenue.net": (
        "Gross minus discounts minus refunds, order by order and never below 0: what a refund gives back of"
        " shipping and tax is not taken from the goods' revenue."
    ),
    "revenue.refunds": "All that was given back for the period's orders, shipping and tax included.",
    "revenue.total": "What was charged: gross minus discounts plus shipping and added tax.",
    "average_order_value": "Gross minus discounts, divided by orders.",
    "conversion_rate": "Different sessions that led to an order, divided by sessions; 0 without sessions.",
    "conversion_rate_by_visitor": "Different sessions that led to an order, divided by visitors.",
    "other_currency_orders": "Orders in another currency than the store's: in no other figure.",
    "new_customers": "Customers whose first order ever lies in the period.",
    "returning_customers": "Customers of the period with two or more orders by its end.",
    "products.revenue": "Line prices times quantities minus the lines' discounts.",
    "spent": "What was charged minus what was refunded.",
}


def defined(*names: str) -> dict[str, str]:
    """The definitions of these figures."""
    return {name: DEFINITIONS[name] for name in names}


SALES = (
    "orders",
    "order_lines",
    "customers",
    "revenue.gross",
    "revenue.net",
    "revenue.refunds",
    "revenue.total",
    "average_order_value",
    "other_currency_orders",
)
TRAFFIC = ("visits", "visitors", "sessions", "bounce_rate", "average_engaged_seconds")
CONVERSION = ("conversion_rate", "conversion_rate_by_visitor")
CUSTOMERS = ("customers", "new_customers", "returning_customers", "spent")
