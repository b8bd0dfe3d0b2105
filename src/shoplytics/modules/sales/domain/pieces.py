"""Pieces of an order's lines: how many may be shipped, come back or be paid back, and what they cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shoplytics.kernel.errors import Conflict, FieldError, Invalid


class TooManyPieces(Conflict):
    code = "too_many_pieces"
    message = "There are not so many pieces left of a line of the order."


class RefundTooLarge(Conflict):
    code = "refund_exceeds_paid"
    message = "That is more than the buyer has paid and not got back."


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Some pieces of the line at `position`, one at least."""

    position: int
    quantity: int


def checked_pieces(wanted: Sequence[Pieces], left: Mapping[int, int]) -> dict[int, int]:
    """How many of each line, by position. `left`: how many there are of each.

    Raises Invalid with every line that is none or stands twice, and TooManyPieces.
    """
    errors = list(_unknown(wanted, left))
    if errors:
        raise Invalid(errors=errors)
    for one in wanted:
        if one.quantity > left[one.position]:
            raise TooManyPieces(extra={"position": one.position, "left": left[one.position]})
    return {one.position: one.quantity for one in wanted}


def _unknown(wanted: Sequence[Pieces], left: Mapping[int, int]) -> Iterator[FieldError]:
    seen = set()
    for place, one in enumerate(wanted):
        if one.position not in left:
            yield FieldError(f"/lines/{place}/position", "unknown_line", "The order has no such line.")
        elif one.position in seen:
            yield FieldError(f"/lines/{place}/position", "duplicate", "Each line is named once.")
        seen.add(one.position)


def worth(amount: int, *, of: int, after: int, count: int) -> int:
    """What `count` pieces cost, of `of` that cost `amount` together, when `after` of them went before.

    The earlier pieces cost one minor unit more where they do not divide, as by largest remainder: all of them
    sum to the amount, in whatever portions they are asked for.
    """

    def first(pieces: int) -> int:
        return amount // of * pieces + min(pieces, amount % of)

    return first(after + count) - first(after)
