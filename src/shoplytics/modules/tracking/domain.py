"""Who a visitor is, for one day and no longer; what of an address is kept."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from shoplytics.kernel.errors import Invalid
from shoplytics.kernel.networks import network_of

SALT_BYTES = 32
ID_BYTES = 8
KEPT_AFTER_DAY = timedelta(hours=1)
"""How long a day's salt outlives the day, for requests that were under way at midnight."""
MAX_CAMPAIGN = 200
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


class InvalidAddress(Invalid):
    code = "invalid_url"
    message = "`url` is an absolute http(s) address, `path` begins with a slash, no control characters."


def visitor_id(*, salt: bytes, store_id: UUID, address: str, user_agent: str) -> int:
    """A keyed BLAKE2b of eight bytes, as a signed number; without the salt there is no way back or forth."""
    known = b"\0".join((store_id.bytes, network_of(address), user_agent.encode("utf-8", "replace")))
    digest = blake2b(known, key=salt, digest_size=ID_BYTES).digest()
    return int.from_bytes(digest, signed=True)


def page_key(page_id: str) -> int:
    """Whatever a browser names its page view by, as a signed 64-bit number."""
    digest = blake2b(page_id.encode(), digest_size=ID_BYTES).digest()
    return int.from_bytes(digest, signed=True)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in a store's zone: its local day and the instant its local hour began."""

    at: datetime
    day: date
    hour: datetime


def moment(at: datetime, zone: ZoneInfo) -> Moment:
    local = at.astimezone(zone)
    passed = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return Moment(at, local.date(), (at - passed).astimezone(UTC))


def salt_expiry(day: date, zone: ZoneInfo) -> datetime:
    """When the day's salt may be deleted."""
    return day_after(day, zone) + KEPT_AFTER_DAY


NO_WORDS: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """The page: its path without the query, its host when it is known, and the query's utm_* parameters."""

    path: str
    host: str | None
    campaign: dict[str, str]


def place(url: str) -> Place:
    """Of an absolute address or a path. Raises InvalidAddress."""
    if CONTROL.search(url):  # before urlsplit, which leaves some out
        raise InvalidAddress
    if url.startswith("/") and not url.startswith("//") and "?" not in url and "#" not in url:
        return Place(url, None, NO_WORDS)
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise InvalidAddress from None
    if parts.scheme not in {"", "http", "https"} or not (host or url.startswith("/")):
        raise InvalidAddress
    pairs = parse_qsl(parts.query) if "utm_" in parts.query else []
    words = ((name, CONTROL.sub("", value)[:MAX_CAMPAIGN]) for name, value in pairs if name in CAMPAIGN)
    campaign = {name: word for name, word in words if word}
    return Place(parts.path or "/", host, campaign)


def referrer_host(referrer: str | None, *, own: str | None) -> str | None:
    """The host that sent the visitor, without `www.`; None for the store's own pages and for nonsense."""
    if not referrer:
        return None
    try:
        host = urlsplit(referrer).hostname
    except ValueError:
        return None
    if not host or host == own or CONTROL.search(host):
        return None
    return host.removeprefix("www.")[:253]


MAX_DAYS = 400
DEFAULT_DAYS = 30
OLDEST = date(1970, 1, 1)
NEWEST = date(9990, 1, 1)


class BadRange(Invalid):
    code = "invalid_range"
    message = f"`from` must not be after `to`, and at most {MAX_DAYS} days may lie between them."


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_after(day: date, zone: ZoneInfo) -> datetime:
    """The first moment after a local day, in UTC."""
    return midnight(day + timedelta(days=1), zone)


def bounds(
    first: date | None, last: date | None, *, now: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    """The instants around inclusive local days, by default the last 30. Raises BadRange."""
    end = last or max(first or OLDEST, now.astimezone(zone).date())
    if not OLDEST <= end <= NEWEST:
        raise BadRange
    start = first or max(OLDEST, end - timedelta(days=DEFAULT_DAYS - 1))
    if not OLDEST <= start <= end or (end - start).days >= MAX_DAYS:
        raise BadRange
    return midnight(start, zone), day_after(end, zone)
