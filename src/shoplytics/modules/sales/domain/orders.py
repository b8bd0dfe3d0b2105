"""The seven states of an order and the only ways between them; docs/orders.md prints this table."""

from enum import StrEnum

from shoplytics.kernel.errors import Conflict


class IllegalTransition(Conflict):
    code = "illegal_transition"
    message = "The order's state does not allow this."


class Move(StrEnum):
    """What can happen to an order."""

    ATTEMPT = "attempt"  # a payment was begun
    GIVE_UP = "give_up"  # the attempt failed or was abandoned
    PAY = "pay"
    SHIP = "ship"
    COMPLETE = "complete"
    CANCEL = "cancel"
    REFUND = "refund"  # all that was paid


MOVES: dict[Move, dict[str, str]] = {
    Move.ATTEMPT: {"created": "pending", "pending": "pending"},
    Move.GIVE_UP: {"pending": "created"},
    Move.PAY: {"created": "processing", "pending": "processing"},
    Move.SHIP: {"processing": "shipped"},
    Move.COMPLETE: {"processing": "completed", "shipped": "completed"},
    Move.CANCEL: {"created": "cancelled", "pending": "cancelled", "processing": "cancelled"},
    Move.REFUND: {
        "processing": "refunded",
        "shipped": "refunded",
        "completed": "refunded",
        "cancelled": "refunded",
    },
}


def moved(status: str, move: Move) -> str:
    """The state after the move. Raises IllegalTransition."""
    after = MOVES[move].get(status)
    if after is None:
        msg = f"An order that is {status} cannot {move.replace('_', ' ')}."
        raise IllegalTransition(msg, extra={"order_status": status, "move": move.value})
    return after
