"""Nightly imports: where a folder's file may be named, and when the first run is due."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from shoplytics.kernel.errors import Conflict, Invalid

MOST_SOURCES = 50
MOST_PATH = 500
_UNFIT = frozenset({"", ".", ".."})


class BadPath(Invalid):
    code = "bad_path"
    message = "Give a path below the store's import folder; only its last part may hold * and ?."


class TooManySources(Conflict):
    code = "too_many_sources"
    message = f"A store imports from {MOST_SOURCES} places at most."


def check_path(path: str) -> None:
    """Raises BadPath."""
    *folders, _ = parts = path.split("/")
    wild = any(sign in folder for folder in folders for sign in "*?[")
    if (
        len(path) > MOST_PATH
        or wild
        or "\\" in path
        or not path.isprintable()
        or not _UNFIT.isdisjoint(parts)
    ):
        raise BadPath


def started_already(*, hour: int, timezone: str, now: datetime) -> date | None:
    """For a new source: today, where its hour is over by the store's clock, so that it begins tomorrow."""
    local = now.astimezone(ZoneInfo(timezone))
    return local.date() if local.hour >= hour else None
