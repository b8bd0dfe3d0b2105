"""What a person wishes: the language of mails, and which of the optional ones to get."""

from enum import StrEnum
from typing import Annotated

import msgspec

from shoplytics.kernel.patterns import END

Locale = Annotated[
    str,
    msgspec.Meta(pattern="^[a-z]{2,3}(-[A-Z]{2})?" + END, max_length=6, examples=["en", "pt-BR"]),
]


class MailKind(StrEnum):
    """The mails one can do without, each with its field in MailWishes: the whole list stands here.

    A letter that names no kind is sent in any case: what an account, a payment or an order needs.
    """

    ABANDONED_CART = "abandoned_cart"
    REVIEWS = "reviews"
    NEW_ORDERS = "new_orders"
    LOW_STOCK = "low_stock"
    PRODUCT_CHANGES = "product_changes"
    REPORTS = "reports"


class MailWishes(msgspec.Struct, frozen=True, kw_only=True):
    """Of each MailKind, whether it is wanted."""

    abandoned_cart: bool = True
    reviews: bool = True
    new_orders: bool = True
    low_stock: bool = True
    product_changes: bool = True
    reports: bool = True

    def want(self, kind: MailKind) -> bool:
        wanted: bool = getattr(self, kind)
        return wanted


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    locale: Locale = "en"
    mails: MailWishes = MailWishes()
