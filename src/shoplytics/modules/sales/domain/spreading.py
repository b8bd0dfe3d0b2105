"""Amounts in whole minor units: shares that sum exactly, and the one rounding there is."""

from collections.abc import Sequence

MILLION = 1_000_000
"""Rates are in parts per million: 7.5 percent is 75,000."""


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Parts of `amount` in proportion to `weights`, by largest remainder, ties to the earlier.

    The parts sum to `amount` exactly, and no part is above its weight while `amount` is not above their sum.
    Weights that sum to zero get nothing.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(amount * weights[i] % whole))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def share(amount: int, rate: int) -> int:
    """`rate` parts per million of an amount that is not negative, halves up."""
    return (2 * amount * rate + MILLION) // (2 * MILLION)


def contained(amount: int, rate: int) -> int:
    """What of an amount that includes it is the tax of `rate` parts per million, halves up."""
    return (2 * amount * rate + MILLION + rate) // (2 * (MILLION + rate))
