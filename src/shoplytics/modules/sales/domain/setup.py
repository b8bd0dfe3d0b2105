"""What a store sets up for its sales, as it is kept: discounts, shipping rates, tax rates, and their rules.

How they are applied stands in discounts.py and rates.py.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from shoplytics.kernel.countries import COUNTRIES
from shoplytics.kernel.errors import Conflict, FieldError, Invalid
from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.domain.discounts import DiscountKind, DiscountScope
from shoplytics.modules.sales.domain.places import Place
from shoplytics.modules.sales.domain.spreading import MILLION

MOST = 100
"""What every cart of the store is asked about: automatic discounts, rates of a kind."""

PERCENT = MILLION // 100
CODE = re.compile(r"[A-Za-z0-9_-]{3,40}")
OF_KIND: dict[DiscountKind, frozenset[str]] = {
    DiscountKind.PERCENT: frozenset({"percent"}),
    DiscountKind.AMOUNT: frozenset({"amount"}),
    DiscountKind.FREE_ITEMS: frozenset({"buy", "get"}),
}


class DiscountCodeTaken(Conflict):
    code = "code_taken"
    message = "Another discount of the store has this code."


class LimitBelowUsed(Conflict):
    code = "limit_below_used"
    message = "It was used more often than that already."


class TooManySetUp(Conflict):
    code = "too_many"
    message = f"A store has {MOST} automatic discounts, shipping rates and tax rates at most, of each."


def rate_of(percent: str) -> int:
    """Parts per million of a plain decimal text with four digits after its point at most."""
    return int(Decimal(percent) * PERCENT)


def percent_of(rate: int) -> str:
    """Percent as text, without needless digits: 75,000 parts per million are "7.5"."""
    whole, part = divmod(rate, PERCENT)
    return f"{whole}.{part:04d}".rstrip("0").rstrip(".")


@dataclass(kw_only=True, eq=False)
class SetUp:
    """`version` is the one that was read; saving raises it."""

    store_id: UUID
    created_at: datetime
    updated_at: datetime
    active: bool = True
    version: int = 1
    deleted_at: datetime | None = None
    id: UUID = field(default_factory=new_id)

    @property
    def crowds(self) -> bool:
        """Whether every cart of the store has to ask about it."""
        return True

    def problems(self) -> Iterator[FieldError]:
        """Every rule it breaks."""
        yield from ()

    def check(self, *others: FieldError) -> None:
        """Raises Invalid with all that is wrong, what others found first: it is not missing, too."""
        found = {error.pointer for error in others}
        errors = [*others, *(error for error in self.problems() if error.pointer not in found)]
        if errors:
            raise Invalid(errors=errors)


@dataclass(kw_only=True, eq=False)
class KeptDiscount(SetUp):
    """See Discount. What its kind does not use is None, and must be."""

    title: str
    code: str | None = None
    kind: DiscountKind
    rate: int | None = None
    amount: int | None = None
    currency: str
    buy: int | None = None
    get: int | None = None
    scope: DiscountScope = DiscountScope.ALL
    targets: Sequence[UUID] = ()
    minimum: int = 0
    minimum_quantity: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    limit_total: int | None = None
    limit_per_shopper: int | None = None
    used: int = 0
    combines: bool = False

    @property
    def crowds(self) -> bool:
        return self.code is None

    def problems(self) -> Iterator[FieldError]:
        if self.code is not None and not CODE.fullmatch(self.code):
            yield FieldError("/code", "invalid_format", "3 to 40 letters, digits, dashes and underscores.")
        yield from self._of_kind()
        yield from self._scoped()
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            yield FieldError("/ends_at", "out_of_range", "It ends after it starts.")

    def _of_kind(self) -> Iterator[FieldError]:
        found = {"percent": self.rate, "amount": self.amount, "buy": self.buy, "get": self.get}
        for name, value in found.items():
            wanted = name in OF_KIND[self.kind]
            if wanted and value is None:
                yield FieldError(f"/{name}", "required", f"A discount of kind {self.kind} has it.")
            elif value is not None and not wanted:
                yield FieldError(f"/{name}", "not_of_kind", f"A discount of kind {self.kind} has none.")
            elif value is not None and value <= 0:
                yield FieldError(f"/{name}", "out_of_range", "Give more than nothing.")
        if self.rate is not None and self.rate > MILLION:
            yield FieldError("/percent", "out_of_range", "100 percent is all there is.")

    def _scoped(self) -> Iterator[FieldError]:
        if (self.scope is DiscountScope.ALL) != (not self.targets):
            message = (
                f"Name the {self.scope} it is for." if self.scope != "all" else "It is for all products."
            )
            yield FieldError("/targets", "wrong_targets", message)
        for place, target in enumerate(self.targets):
            if target in self.targets[:place]:
                yield FieldError(f"/targets/{place}", "duplicate", "Each is named once.")

    def limit(self, total: int | None) -> None:
        """Raises LimitBelowUsed."""
        if total is not None and total < self.used:
            raise LimitBelowUsed(extra={"used": self.used})
        self.limit_total = total


@dataclass(kw_only=True, eq=False)
class Rate(SetUp):
    name: str
    places: tuple[Place, ...] = ()

    def problems(self) -> Iterator[FieldError]:
        seen = set()
        for number, place in enumerate(self.places):
            if place.country not in COUNTRIES:
                message = "Use an ISO 3166-1 code of two letters, like GB."
                yield FieldError(f"/places/{number}/country", "unknown_country", message)
            key = (place.country, place.province.casefold())
            if key in seen:
                yield FieldError(f"/places/{number}", "duplicate", "Each place is named once.")
            seen.add(key)


@dataclass(kw_only=True, eq=False)
class KeptShippingRate(Rate):
    amount: int
    currency: str
    free_from: int | None = None


@dataclass(kw_only=True, eq=False)
class KeptTaxRate(Rate):
    rate: int
    inclusive: bool = False
    on_shipping: bool = True

    def problems(self) -> Iterator[FieldError]:
        if self.rate > MILLION:
            yield FieldError("/percent", "out_of_range", "100 percent is all there is.")
        yield from super().problems()
