"""What reviews need from their table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.ports.catalog.reviews import ReviewPage, ReviewStatus, ReviewView


class NewReview(msgspec.Struct, frozen=True, kw_only=True):
    """`product_id` null: of the store. `store_id` is who moderates."""

    id: UUID
    store_id: UUID
    product_id: UUID | None
    user_id: UUID
    author: str
    rating: int
    comment: str
    at: datetime


class ReviewsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """`after` is (rating, id) of the last row before; ordered by rating, then id, or by id, as time is."""

    rating: int | None = None
    status: ReviewStatus | None = None
    product_id: UUID | None = None
    descending: bool = True
    by_rating: bool = False
    after: tuple[int, UUID] | None = None
    limit: int = 20


class ReviewRepository(Protocol):
    """In the unit of work: a user's own reviews, or a store's."""

    async def subject(self, *, product_id: UUID | None, store_id: UUID | None) -> UUID | None:
        """The store of a product or of itself that can be reviewed now; None when there is no such."""
        ...

    async def add(self, review: NewReview) -> ReviewView:
        """Raises AlreadyReviewed."""
        ...

    async def of_user(self, *, user_id: UUID, wanted: ReviewsWanted) -> Sequence[ReviewView]: ...
    async def of_store(self, *, store_id: UUID, wanted: ReviewsWanted) -> Sequence[ReviewView]: ...

    async def one(
        self, *, review_id: UUID, user_id: UUID | None = None, store_id: UUID | None = None
    ) -> ReviewView | None:
        """Locked. Of that user or that store only."""
        ...

    async def save(self, review: ReviewView) -> None: ...
    async def delete(self, *, review_id: UUID, now: datetime) -> None: ...

    async def forget(self, *, user_id: UUID, author: str) -> Sequence[ReviewView]:
        """What the user wrote stays without their name; those reviews."""
        ...


class PublicReviews(Protocol):
    """What anyone may read, one statement."""

    async def reviews(self, *, subject_id: UUID, of_store: bool, wanted: ReviewsWanted) -> ReviewPage | None:
        """None for a product or store that is not shown."""
        ...
