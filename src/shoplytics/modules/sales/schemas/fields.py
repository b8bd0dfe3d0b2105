"""Kinds of fields. An amount is a decimal text in the store's currency, or money that must agree with it."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

Title = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Moment = Annotated[datetime, Meta(tz=True)]
Digits = Annotated[str, Meta(max_length=24)]


class Amount(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    amount: Digits
    currency: Annotated[str, Meta(min_length=3, max_length=3)]


Price = Amount | Digits
