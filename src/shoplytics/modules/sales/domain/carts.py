"""What may be in a cart, and what two carts make together."""

from shoplytics.kernel.errors import Conflict

MOST_LINES = 100
MOST_PIECES = 9_999
MOST_CODES = 10


class OutOfStock(Conflict):
    code = "out_of_stock"
    message = "There is less than that to be had."


class NotSoldHere(Conflict):
    code = "not_sold_here"
    message = "This cannot be bought here."


class CurrencyMismatch(Conflict):
    code = "currency_mismatch"
    message = "A cart has one currency: order or remove what is in it first."


class EmptyCart(Conflict):
    code = "empty_cart"
    message = "There is nothing in the cart."


def joined(own: int, other: int, available: int) -> int:
    """Pieces of one offer when a guest's `other` come to a user's `own`: together, as far as there are.

    Nothing is taken from what the user had, and what cannot be had at all stays to be seen.
    """
    return max(own, min(own + other, available, MOST_PIECES)) or min(other, MOST_PIECES)
