"""Kinds of fields. A price is a decimal text in the store's currency, or money that must agree with it."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from shoplytics.kernel.patterns import END

Title = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]
Slug = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*" + END)]
LongText = Annotated[str, Meta(max_length=50_000)]
ShortText = Annotated[str, Meta(max_length=255)]
Tag = Annotated[str, Meta(min_length=1, max_length=100)]
Tags = Annotated[list[Tag], Meta(max_length=100)]
Sku = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^\S(.*\S)?" + END)]
Link = Annotated[str, Meta(max_length=2048, pattern=r"^https?://[^\s]+" + END)]
Quantity = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Delta = Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)]
CategoryRef = Annotated[
    str,
    Meta(min_length=1, max_length=1_100, description="Its id or path, the store's own or the platform's."),
]
AttributeValues = Annotated[
    dict[str, str | bool | int | float | list[str] | None],
    Meta(max_length=200, description="By the codes of the store's attributes."),
]
Moment = Annotated[datetime, Meta(tz=True)]
Digits = Annotated[str, Meta(max_length=24)]


class Amount(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    amount: Digits
    currency: Annotated[str, Meta(min_length=3, max_length=3)]


Price = Amount | Digits
