"""One rule for many prices."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class PriceRule:
    """Exactly one of `to`, in minor units, and `factor`, by which prices are multiplied, is given.

    A product of price and factor is rounded half up to the minor unit. With `old_price_compares` a price that
    falls leaves its old one as the compare-at price, and one that rises loses its compare-at price. Without
    it a compare-at price stays as long as it is above the price.
    """

    to: int | None = None
    factor: Decimal | None = None
    old_price_compares: bool = False
