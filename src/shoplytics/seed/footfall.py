"""Who looks in: sessions of one or more page visits, some of which end in an order."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple, Protocol

import msgspec
from slugify import slugify

from shoplytics.seed.baskets import Line
from shoplytics.seed.goods import Item
from shoplytics.seed.season import affinity
from shoplytics.seed.shops import Shop, Source

BOUNCES = 0.68
NEXT_PAGE = 0.42
MOST_PAGES = 12
ENGAGED_MEDIAN, ENGAGED_SPREAD, ENGAGED_MOST = 2.9, 1.1, 1800
TABLE = 4096
SAME_VISITOR = 0.06
PRODUCT_PAGES = 0.72


class Client(NamedTuple):
    """What a visit is made with; browsers by their family."""

    device: str
    browser: str


class Visit(msgspec.Struct, frozen=True, gc=False):
    """`good` is an index in the shop's goods, None for other pages. Ids are drawn anew each day."""

    at: datetime
    visitor: int
    session: int
    path: str
    good: int | None
    source: Source | None
    client: Client
    engaged: int


CLIENTS = tuple(
    Client(device, browser)
    for device in ("mobile", "desktop", "tablet")
    for browser in ("Chrome", "Safari", "Edge", "Firefox")
)


def _shares(mobile: float) -> list[float]:
    """The weight of each of CLIENTS."""
    browsers = {"mobile": (52, 42, 2, 4), "desktop": (62, 14, 16, 8), "tablet": (40, 58, 1, 1)}
    devices = {"mobile": mobile, "desktop": 0.95 - mobile, "tablet": 0.05}
    return [devices[device] * share for device, shares in browsers.items() for share in shares]


class Bought(Protocol):
    """What an order tells about the session it came from."""

    @property
    def at(self) -> datetime: ...
    @property
    def session(self) -> int | None: ...
    @property
    def lines(self) -> tuple[Line, ...]: ...


class Footfall:
    """Draws the visits of one shop."""

    def __init__(self, shop: Shop, items: tuple[Item, ...], rng: Random) -> None:
        self._shop = shop
        self._items = items
        self._rng = rng
        self._paths = [f"/products/{slugify(good.title)}" for good in shop.goods]
        self._other = ["/", *sorted({f"/collections/{slugify(good.kind)}" for good in shop.goods})]
        self._pull = [(rank + 1) ** -0.7 for rank in rng.sample(range(len(shop.goods)), len(shop.goods))]
        self._looking = _shares(shop.mobile)
        self._buying = _shares(shop.mobile * 0.75)
        lived = (rng.lognormvariate(ENGAGED_MEDIAN, ENGAGED_SPREAD) for _ in range(TABLE))
        self._engaged = [min(ENGAGED_MOST, int(seconds)) for seconds in lived]

    def lookers(self, moments: Sequence[datetime], day: date) -> list[Visit]:
        """One session from each moment on; most see one page and go."""
        rng, shop, visits = self._rng, self._shop, list[Visit]()
        goods = [p * affinity(g.season, day) for p, g in zip(self._pull, shop.goods, strict=True)]
        weights = list(accumulate(goods))
        sources = rng.choices(shop.sources, [s.weight for s in shop.sources], k=len(moments))
        clients = rng.choices(CLIENTS, self._looking, k=len(moments))
        visitor = 0
        for at, source, client in zip(moments, sources, clients, strict=True):
            if not visitor or rng.random() > SAME_VISITOR:
                visitor = rng.getrandbits(63)
            pages = self._pages()
            seen = rng.choices(range(len(goods)), cum_weights=weights, k=pages)
            pairs = [(self._paths[g], g) if rng.random() < PRODUCT_PAGES else self._elsewhere() for g in seen]
            visits += self._session(at, visitor, rng.getrandbits(63), pairs, (source, client))
        return visits

    def buyers(self, orders: Sequence[Bought]) -> list[Visit]:
        """The session of each order: in by some door, over what was bought, out by the till at the order."""
        rng, shop, visits = self._rng, self._shop, list[Visit]()
        buys = [s.weight * s.buys for s in shop.sources]
        for order in orders:
            bought = dict.fromkeys(self._items[line.item].good for line in order.lines)
            pairs: list[tuple[str, int | None]] = [(self._paths[good], good) for good in bought]
            pairs = [self._elsewhere(), *pairs, ("/cart", None), ("/checkout", None)]
            source = rng.choices(shop.sources, buys)[0]
            client = rng.choices(CLIENTS, self._buying)[0]
            start = order.at - timedelta(seconds=60 * len(pairs))
            visits += self._session(start, rng.getrandbits(63), order.session or 0, pairs, (source, client))
        return visits

    def _pages(self) -> int:
        pages = 1
        if self._rng.random() > BOUNCES:
            pages = 2
            while self._rng.random() < NEXT_PAGE and pages < MOST_PAGES:
                pages += 1
        return pages

    def _elsewhere(self) -> tuple[str, int | None]:
        return self._rng.choice(self._other), None

    def _session(
        self,
        at: datetime,
        visitor: int,
        session: int,
        pages: Sequence[tuple[str, int | None]],
        came: tuple[Source, Client],
    ) -> list[Visit]:
        """Only the first page has a source; each page begins when the one before was left."""
        visits, engaged, rng = list[Visit](), self._engaged, self._rng
        source: Source | None
        source, client = came
        for path, good in pages:
            seconds = engaged[int(rng.random() * TABLE)]
            visits.append(Visit(at, visitor, session, path, good, source, client, seconds))
            at += timedelta(seconds=min(seconds, 55) + 1 + rng.random() * 3)
            source = None
        return visits
