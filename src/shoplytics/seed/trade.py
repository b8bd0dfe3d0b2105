"""A year of a shop's trade, day by day: the same shop, seed and moment give the same trade, always."""

from bisect import bisect
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from shoplytics.seed.baskets import Baskets, Line
from shoplytics.seed.footfall import Footfall, Visit
from shoplytics.seed.goods import Item, items_of
from shoplytics.seed.people import Crowd, Person
from shoplytics.seed.season import days_until, hour_starts, poisson, weight_of
from shoplytics.seed.shops import Shop

SEED = 20_101_201
RETURN_DAYS = (4, 21)
PACKING_DAYS = 2
WHOLE_REFUNDS = 0.5
LONGEST_BUYING = 12  # minutes from the first page to the order


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Minor units; `refunded` counts only what came back before the moment of loading."""

    number: str
    at: datetime
    buyer: Person | None
    session: int | None
    lines: tuple[Line, ...]
    shipping: int
    tax: int
    refunded: int
    cancelled_at: datetime | None
    fulfilled_at: datetime | None

    @property
    def total(self) -> int:
        return sum(line.net for line in self.lines) + self.shipping + self.tax


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One local day; orders and visits are in order of time."""

    date: date
    orders: list[Order]
    visits: list[Visit]


class Trade:
    """Everything that happened in a shop up to `now`: 365 whole local days and today so far."""

    def __init__(self, shop: Shop, *, now: datetime, seed: int = SEED) -> None:
        self.shop = shop
        self.items: tuple[Item, ...] = items_of(shop.goods, shop.prefix)
        self._now = now
        self._zone = ZoneInfo(shop.timezone)
        self._rng = Random(f"{shop.slug}:orders:{seed}")  # noqa: S311 - a seeded generator is the point
        self._crowd = Crowd(shop.names, self._rng, returning=shop.returning)
        self._baskets = Baskets(shop, self.items, self._rng)
        visits = Random(f"{shop.slug}:visits:{seed}")  # noqa: S311 - a seeded generator is the point
        self._footfall = Footfall(shop, self.items, visits)
        self._number = shop.first_number
        self._hours = list(accumulate(shop.season.hours))

    def days(self) -> Iterator[Day]:
        """From the same date a year ago until today, each day complete but the last."""
        dates = days_until(self._now.astimezone(self._zone).date())
        weights = [weight_of(self.shop.season, day, first=dates[0]) for day in dates]
        unit = self.shop.orders_a_year / sum(weights)
        for day, weight in zip(dates, weights, strict=True):
            yield self._day(day, expected=weight * unit)

    def _day(self, day: date, *, expected: float) -> Day:
        moments = self._moments(day, poisson(self._rng, expected))
        self._baskets.turn_to(day)
        orders = [self._order(moment) for moment in moments]
        buying = [order for order in orders if order.session is not None]
        sessions = poisson(self._rng, expected * (1 - self.shop.offline) / self.shop.conversion)
        looking = max(0, sessions - len(buying))
        visits = self._footfall.buyers(buying)
        visits += self._footfall.lookers(self._moments(day, looking), day)
        orders = [order for order in orders if order.at <= self._now]
        first, last = self._bounds(day)
        visits = [visit for visit in visits if first <= visit.at < last]
        visits.sort(key=lambda visit: visit.at)
        return Day(date=day, orders=orders, visits=visits)

    def _bounds(self, day: date) -> tuple[datetime, datetime]:
        """Visitors live one local day, so what a session has before or after it is left out."""
        midnight = hour_starts(day + timedelta(days=1), self._zone)[0]
        return hour_starts(day, self._zone)[0], min(midnight, self._now)

    def _moments(self, day: date, count: int) -> list[datetime]:
        starts, hours, rng = hour_starts(day, self._zone), self._hours, self._rng
        spread = (
            starts[bisect(hours, rng.random() * hours[-1])] + timedelta(seconds=rng.random() * 3599)
            for _ in range(count)
        )
        return sorted(spread)

    def _order(self, at: datetime) -> Order:
        shop, rng = self.shop, self._rng
        guest = rng.random() < shop.guests
        buyer = None if guest else self._crowd.people[self._crowd.next_buyer()]
        lines = self._baskets.basket(at.date())
        net = sum(line.net for line in lines)
        number, self._number = self._number, self._number + 1
        tax = round(net * shop.tax)
        cancelled = at + timedelta(hours=1 + 20 * rng.random()) if rng.random() < shop.cancelled else None
        cancelled_at = cancelled if cancelled and cancelled <= self._now else None
        shipping = 0 if net >= shop.free_shipping_from else shop.shipping
        return Order(
            number=f"#{number}",
            at=at,
            buyer=buyer,
            session=self._session(at),
            lines=lines,
            shipping=shipping,
            tax=tax,
            refunded=0 if cancelled_at else self._refund(at, lines, tax),
            cancelled_at=cancelled_at,
            fulfilled_at=self._sent(at) if cancelled_at is None else None,
        )

    def _session(self, at: datetime) -> int | None:
        """None for what was ordered by other ways, or so early that the session began the day before."""
        session = None if self._rng.random() < self.shop.offline else self._rng.getrandbits(63)
        local = at.astimezone(self._zone)
        return session if local.hour or local.minute >= LONGEST_BUYING else None

    def _sent(self, at: datetime) -> datetime | None:
        sent = at + timedelta(days=PACKING_DAYS * self._rng.random())
        return sent if sent <= self._now else None

    def _refund(self, at: datetime, lines: tuple[Line, ...], tax: int) -> int:
        """Half of those who return send everything back, the others one line; the tax goes with it."""
        rng = self._rng
        returns, whole = rng.random() < self.shop.refunds, rng.random() < WHOLE_REFUNDS
        which = rng.randrange(len(lines))
        if not returns or at + timedelta(days=rng.uniform(*RETURN_DAYS)) > self._now:
            return 0
        net = sum(line.net for line in lines)
        back = net if whole else lines[which].net
        return back + tax * back // net if net else 0
