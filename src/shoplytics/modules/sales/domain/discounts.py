"""Discounts: which lines they are about, and how much each takes off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from shoplytics.modules.sales.domain.spreading import share, spread


class DiscountKind(StrEnum):
    PERCENT = "percent"
    AMOUNT = "amount"
    FREE_ITEMS = "free_items"


class DiscountScope(StrEnum):
    ALL = "all"
    PRODUCTS = "products"
    CATEGORIES = "categories"


ORDER_OF_KINDS = (DiscountKind.FREE_ITEMS, DiscountKind.PERCENT, DiscountKind.AMOUNT)


class Line(Protocol):
    """A line as a discount looks at it; `categories` are the product's and all above it."""

    @property
    def product_id(self) -> UUID: ...
    @property
    def categories(self) -> frozenset[UUID]: ...
    @property
    def quantity(self) -> int: ...
    @property
    def unit_price(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Discount:
    """`rate` in parts per million, `amount` and `minimum` in minor units of the store's currency.

    Without a code it is automatic. `minimum` is the worth of the lines it is about, before any discount, and
    `minimum_quantity` their pieces. Free items: for each `buy` + `get` pieces there are, `get` are free, the
    cheapest of all of them; what another discount gave away is none of them.
    `combines`: it may stand beside others that do; one that does not stands alone. `left`: how often this
    shopper may still use it, None without limit.
    """

    id: UUID
    title: str
    kind: DiscountKind
    code: str | None = None
    rate: int = 0
    amount: int = 0
    buy: int = 0
    get: int = 0
    scope: DiscountScope = DiscountScope.ALL
    targets: frozenset[UUID] = frozenset()
    minimum: int = 0
    minimum_quantity: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    combines: bool = False
    active: bool = True
    left: int | None = None

    def runs(self, now: datetime) -> bool:
        """From its start, and no longer at its end."""
        started = self.starts_at is None or self.starts_at <= now
        return self.active and started and (self.ends_at is None or now < self.ends_at)

    def about(self, line: Line) -> bool:
        if self.scope is DiscountScope.PRODUCTS:
            return line.product_id in self.targets
        if self.scope is DiscountScope.CATEGORIES:
            return not self.targets.isdisjoint(line.categories)
        return True

    def reached(self, lines: Sequence[Line]) -> bool:
        """Whether the lines it is about are worth, and as many as, it asks for; none are never enough."""
        chosen = [line for line in lines if self.about(line)]
        worth = sum(line.quantity * line.unit_price for line in chosen)
        pieces = sum(line.quantity for line in chosen)
        return pieces > 0 and worth >= self.minimum and pieces >= self.minimum_quantity

    def off(self, lines: Sequence[Line], rest: Sequence[int]) -> list[int]:
        """What a percentage or an amount takes off each line: of the `rest` that others have left of it."""
        if not self.reached(lines):
            return [0] * len(lines)
        left = [now if self.about(line) else 0 for line, now in zip(lines, rest, strict=True)]
        whole = sum(left)
        wanted = share(whole, self.rate) if self.kind is DiscountKind.PERCENT else self.amount
        return spread(min(wanted, whole), left)

    def free(self, lines: Sequence[Line], left: Sequence[int]) -> list[int]:
        """How many pieces of each line free items give away, of those that others have `left`.

        The cheapest first, and of equal ones those of the later line.
        """
        given = [0] * len(lines)
        if self.kind is not DiscountKind.FREE_ITEMS or not self.reached(lines):
            return given
        chosen = [place for place, line in enumerate(lines) if self.about(line)]
        free = sum(left[place] for place in chosen) // (self.buy + self.get) * self.get
        for place in sorted(chosen, key=lambda place: (lines[place].unit_price, -place)):
            given[place] = min(free, left[place])
            free -= given[place]
        return given
