"""Reviews of products and stores."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import Parameter

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.catalog.routes.copies import of_product_reviews, of_store_reviews
from shoplytics.modules.catalog.routes.parameters import Limit
from shoplytics.modules.catalog.routes.permissions import BROWSE, MODERATE, REVIEW
from shoplytics.modules.catalog.schemas import NewReviewInput, ReviewModeration, ReviewPatch
from shoplytics.modules.catalog.service import ReviewReader, ReviewSearch, ReviewService
from shoplytics.ports.catalog.reviews import ReviewPage, ReviewStatus, ReviewView

Sort = Annotated[
    Literal["created_at", "-created_at", "rating", "-rating"],
    Parameter(description="The newest first, unless asked otherwise."),
]
Stars = Annotated[int | None, Parameter(ge=1, le=5)]


class ProductReviewController(Controller):
    path = "/products/{product_id:uuid}/reviews"
    tags = ("Reviews",)

    @get(permission=BROWSE, copies=of_product_reviews)
    async def product_reviews(
        self,
        *,
        product_id: UUID,
        review_reader: ReviewReader,
        rating: Stars = None,
        sort: Sort = "-created_at",
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> ReviewPage:
        """Published reviews of a product, with the average of all of them."""
        search = ReviewSearch(rating=rating, sort=sort, limit=limit, cursor=cursor)
        return await review_reader.reviews(product_id=product_id, search=search)

    @post(permission=REVIEW)
    async def review_product(
        self, product_id: UUID, data: NewReviewInput, actor: Actor, reviews: ReviewService
    ) -> ReviewView:
        """Buyers only, one each: 403 `not_a_buyer`, 409 `already_reviewed`."""
        return await reviews.write(actor=actor, product_id=product_id, data=data)


class StoreReviewController(Controller):
    path = "/stores/{store_id:uuid}/reviews"
    tags = ("Reviews",)

    @get(permission=BROWSE, copies=of_store_reviews)
    async def store_reviews(
        self,
        *,
        store_id: UUID,
        review_reader: ReviewReader,
        rating: Stars = None,
        sort: Sort = "-created_at",
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> ReviewPage:
        """Published reviews of a store itself, with the average of all of them."""
        search = ReviewSearch(rating=rating, sort=sort, limit=limit, cursor=cursor)
        return await review_reader.reviews(store_id=store_id, search=search)

    @post(permission=REVIEW)
    async def review_store(
        self, store_id: UUID, data: NewReviewInput, actor: Actor, reviews: ReviewService
    ) -> ReviewView:
        """Those who bought from it only, one each: 403 `not_a_buyer`, 409 `already_reviewed`."""
        return await reviews.write(actor=actor, store_id=store_id, data=data)


class OwnReviewController(Controller):
    path = "/"
    tags = ("Reviews",)

    @get("/me/reviews", permission=REVIEW)
    async def own_reviews(
        self,
        *,
        actor: Actor,
        reviews: ReviewService,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[ReviewView]:
        """What one has written, hidden ones too, the newest first."""
        return await reviews.own(actor=actor, search=ReviewSearch(limit=limit, cursor=cursor))

    @get("/reviews/{review_id:uuid}", permission=REVIEW)
    async def read_review(self, review_id: UUID, actor: Actor, reviews: ReviewService) -> ReviewView:
        """One's own review; its ETag is what If-Match takes."""
        return await reviews.read(actor=actor, review_id=review_id)

    @patch("/reviews/{review_id:uuid}", permission=REVIEW)
    async def change_review(
        self,
        *,
        review_id: UUID,
        data: ReviewPatch,
        if_match: int | None,
        actor: Actor,
        reviews: ReviewService,
    ) -> ReviewView:
        """A hidden review stays hidden."""
        return await reviews.change(actor=actor, review_id=review_id, data=data, version=if_match)

    @delete("/reviews/{review_id:uuid}", permission=REVIEW)
    async def delete_review(self, review_id: UUID, actor: Actor, reviews: ReviewService) -> None:
        """It no longer counts, and one may write another."""
        await reviews.delete(actor=actor, review_id=review_id)


class ModerationController(Controller):
    path = "/stores/{store_id:uuid}/moderation/reviews"
    tags = ("Reviews",)

    @get(permission=MODERATE)
    async def reviews_to_moderate(
        self,
        *,
        store_id: UUID,
        reviews: ReviewService,
        status: ReviewStatus | None = None,
        product: UUID | None = None,
        rating: Stars = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[ReviewView]:
        """Reviews of the store and of its products, hidden ones too, the newest first."""
        search = ReviewSearch(status=status, product=product, rating=rating, limit=limit, cursor=cursor)
        return await reviews.in_store(store_id=store_id, search=search)

    @patch("/{review_id:uuid}", permission=MODERATE)
    async def moderate_review(
        self,
        *,
        store_id: UUID,
        review_id: UUID,
        data: ReviewModeration,
        if_match: int | None,
        actor: Actor,
        reviews: ReviewService,
    ) -> ReviewView:
        """Hide it, show it, answer it. The words stay the author's."""
        return await reviews.moderate(
            store_id=store_id, review_id=review_id, data=data, actor=actor, version=if_match
        )
