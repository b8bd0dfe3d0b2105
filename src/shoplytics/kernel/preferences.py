"""What a person wishes: the language of mails, and which of the optional ones to get."""

from typing import Annotated

import msgspec

Locale = Annotated[
    str,
    msgspec.Meta(pattern="^[a-z]{2,3}(-[A-Z]{2})?$", max_length=6, examples=["en", "pt-BR"]),
]


class MailWishes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The kinds one can do without. What an account or an order needs is sent in any case."""

    abandoned_cart: bool = True
    reviews: bool = True
    low_stock: bool = True
    reports: bool = True


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    locale: Locale = "en"
    mails: MailWishes = MailWishes()
