"""Time is handed in: services take a `Clock`, never call the system clock themselves."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from zoneinfo import available_timezones

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


@cache
def _zones() -> frozenset[str]:
    named = {name for name in available_timezones() if "/" in name}
    return frozenset(named | {"UTC", "GMT"})


def is_timezone(name: str) -> bool:
    """Whether it is UTC, GMT or names an area and a place, as Africa/Lagos does.

    The database's other names mean something else on each machine (`localtime`) or nothing (`Factory`).
    """
    return name in _zones()
