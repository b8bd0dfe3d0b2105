"""Reviews: what buyers say of products and stores, and what became of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec


class ReviewStatus(StrEnum):
    PUBLISHED = "published"
    HIDDEN = "hidden"


class ReviewView(msgspec.Struct, kw_only=True):
    """`product_id` null: of the store. `author` is a first name and an initial; `reply` is the store's."""

    id: UUID
    store_id: UUID
    product_id: UUID | None
    author: str
    rating: int
    comment: str
    status: ReviewStatus
    reply: str | None
    replied_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class ReviewPage(msgspec.Struct, kw_only=True):
    """`rating` is the average of all published reviews, to two digits; `by_rating` counts one to five stars.

    All three are of everything, whatever page and filter was asked for.
    """

    items: list[ReviewView]
    rating: float | None
    review_count: int
    by_rating: list[int]
    next_cursor: str | None = None


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """The average of all published reviews, to two digits, and how many those are."""

    rating: float | None = None
    review_count: int = 0


class StoreRatings(Protocol):
    """For who shows stores; asked outside any unit of work."""

    async def of_stores(self, store_ids: Sequence[UUID]) -> Mapping[UUID, Rating]:
        """Of reviews of the stores themselves; those that nobody has reviewed are left out."""
        ...
