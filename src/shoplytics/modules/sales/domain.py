"""The arithmetic of orders."""

from collections.abc import Sequence


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
