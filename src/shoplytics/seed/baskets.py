"""What goes into a basket: popularity after Zipf, bent by the season, and now and then a discount."""

from datetime import date, timedelta
from itertools import accumulate
from random import Random

import msgspec

from shoplytics.seed.goods import Item
from shoplytics.seed.season import affinity
from shoplytics.seed.shops import Shop

ZIPF = 0.85
FRIDAY = 4
MOST_LINES = 8
CODES, CODE_PERCENT = 0.1, 10
SALE_PERCENT, SALE_FIRST, SALE_LAST = 20, -4, 3  # days from Black Friday: Monday to Monday


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`item` is an index in the shop's items; minor units."""

    item: int
    quantity: int
    unit_price: int
    discount: int

    @property
    def net(self) -> int:
        return self.quantity * self.unit_price - self.discount


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(FRIDAY - 1 - first.weekday()) % 7 + 22)


class Baskets:
    """Fills baskets of one shop; `turn_to` a day before the day's baskets."""

    def __init__(self, shop: Shop, items: tuple[Item, ...], rng: Random) -> None:
        self._goods = shop.goods
        self._items = items
        self._rng = rng
        self._more = 1 - 1 / shop.lines
        ranks = list(range(len(shop.goods)))
        rng.shuffle(ranks)
        self._pull = [(rank + 1) ** -ZIPF for rank in ranks]
        self._variants = [len([i for i in items if i.good == g]) for g in range(len(shop.goods))]
        self._lean = [rng.uniform(0.5, 1.5) for _ in items]
        self._weights: list[float] = []

    def turn_to(self, day: date) -> None:
        """Weigh every item for the season of `day`."""
        season = [p * affinity(g.season, day) for p, g in zip(self._pull, self._goods, strict=True)]
        each = (
            season[item.good] / self._variants[item.good] * lean
            for item, lean in zip(self._items, self._lean, strict=True)
        )
        self._weights = list(accumulate(each))

    def basket(self, day: date) -> tuple[Line, ...]:
        """One to about eight lines, no item twice."""
        rng, count = self._rng, 1
        while rng.random() < self._more and count < MOST_LINES:
            count += 1
        drawn = rng.choices(range(len(self._items)), cum_weights=self._weights, k=count)
        percent = self._percent(day)
        return tuple(self._line(item, percent) for item in dict.fromkeys(drawn))

    def _line(self, item: int, percent: int) -> Line:
        price = self._items[item].price
        quantity = self._rng.choices((1, 2, 3, 4, 6), (78, 14, 3, 4, 1))[0]
        return Line(
            item=item,
            quantity=quantity,
            unit_price=price,
            discount=quantity * price * percent // 100,
        )

    def _percent(self, day: date) -> int:
        """Off every price: the Black Friday week, else a code one buyer in ten has."""
        away = (day - black_friday(day.year)).days
        coded = self._rng.random() < CODES
        if SALE_FIRST <= away <= SALE_LAST:
            return SALE_PERCENT
        return CODE_PERCENT if coded else 0
