"""Bodies of requests about reviews."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.ports.catalog.reviews import ReviewStatus

Stars = Annotated[int, Meta(ge=1, le=5)]
Comment = Annotated[str, Meta(max_length=5_000, description="Plain text.")]


class NewReviewInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    rating: Stars
    comment: Comment = ""


class ReviewPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    rating: Stars | UnsetType = UNSET
    comment: Comment | UnsetType = UNSET


class ReviewModeration(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A hidden review is not shown and does not count; `reply` null takes the store's answer back."""

    status: ReviewStatus | UnsetType = UNSET
    reply: Annotated[str, Meta(min_length=1, max_length=5_000)] | UnsetType | None = UNSET
