"""Reviews: who may write one, and how its author is named."""

from shoplytics.kernel.errors import Conflict, Forbidden


class NotABuyer(Forbidden):
    code = "not_a_buyer"
    message = "Only those who bought it here may review it."


class AlreadyReviewed(Conflict):
    code = "already_reviewed"
    message = "You have reviewed this: change that review instead."


def author_of(name: str) -> str:
    """`Ada O.` of Ada Obi; somebody who gave no name is a shopper."""
    parts = name.split()
    if not parts:
        return "A shopper"
    return parts[0] if len(parts) == 1 else f"{parts[0]} {parts[-1][0]}."
