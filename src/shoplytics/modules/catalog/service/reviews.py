"""What buyers, stores and everybody else do with reviews."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import UNSET

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound, Stale
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.paging import Page, decode_cursor, encode_cursor, page_of
from shoplytics.modules.catalog.domain import NotABuyer, author_of
from shoplytics.modules.catalog.ports import NewReview, PublicReviews, ReviewRepository, ReviewsWanted
from shoplytics.modules.catalog.schemas import NewReviewInput, ReviewModeration, ReviewPatch
from shoplytics.ports.catalog import ReviewChanged
from shoplytics.ports.catalog.reviews import ReviewPage, ReviewStatus, ReviewView
from shoplytics.ports.identity import UserErased, Users
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.sales import Purchases
from shoplytics.ports.tenancy import AuditLog

FORMER = "Former shopper"
NEWEST = "-created_at"


class ReviewSearch(msgspec.Struct, frozen=True, kw_only=True):
    """`sort` is created_at or rating, with a leading minus for descending."""

    rating: int | None = None
    status: ReviewStatus | None = None
    product: UUID | None = None
    sort: str = NEWEST
    limit: int = 20
    cursor: str | None = None

    def wanted(self) -> ReviewsWanted:
        """Raises Invalid for a cursor of another list."""
        cursor = decode_cursor(self.cursor, sort=self.sort, length=2)
        after = None if cursor is None else (int(cursor.keys[0] or 0), UUID(str(cursor.keys[1])))
        return ReviewsWanted(
            rating=self.rating,
            status=self.status,
            product_id=self.product,
            descending=self.sort.startswith("-"),
            by_rating=self.sort.endswith("rating"),
            after=after,
            limit=self.limit + 1,
        )

    def page(self, rows: Sequence[ReviewView]) -> Page[ReviewView]:
        return page_of(rows, self.limit, lambda last: encode_cursor(self.sort, last.rating, last.id))


class ReviewReader:
    """For anyone."""

    def __init__(self, *, reviews: PublicReviews) -> None:
        self._reviews = reviews

    async def reviews(
        self, *, search: ReviewSearch, product_id: UUID | None = None, store_id: UUID | None = None
    ) -> ReviewPage:
        """Of one product or, without one, of the store. Raises NotFound for what is not shown."""
        subject_id = product_id or store_id
        assert subject_id is not None  # noqa: S101 - one of the two is in the path
        found = await self._reviews.reviews(
            subject_id=subject_id, of_store=product_id is None, wanted=search.wanted()
        )
        if found is None:
            raise NotFound
        page = search.page(found.items)
        return msgspec.structs.replace(found, items=page.items, next_cursor=page.next_cursor)


class ReviewService:
    def __init__(
        self,
        *,
        reviews: ReviewRepository,
        purchases: Purchases,
        users: Users,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._reviews = reviews
        self._purchases = purchases
        self._users = users
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def write(
        self,
        *,
        actor: Actor,
        data: NewReviewInput,
        product_id: UUID | None = None,
        store_id: UUID | None = None,
    ) -> ReviewView:
        """Of what the user bought, or whom from. Raises NotFound, NotABuyer, AlreadyReviewed."""
        user_id = _user(actor)
        owner = await self._reviews.subject(product_id=product_id, store_id=store_id)
        if owner is None:
            raise NotFound
        if not await self._purchases.bought(user_id=user_id, store_id=owner, product_id=product_id):
            raise NotABuyer
        card = await self._users.card(user_id)
        review = await self._reviews.add(
            NewReview(
                id=new_id(),
                store_id=owner,
                product_id=product_id,
                user_id=user_id,
                author=author_of(card.name),
                rating=data.rating,
                comment=data.comment.strip(),
                at=self._clock(),
            )
        )
        await self._tell(review)
        return review

    async def own(self, *, actor: Actor, search: ReviewSearch) -> Page[ReviewView]:
        rows = await self._reviews.of_user(user_id=_user(actor), wanted=search.wanted())
        return search.page(rows)

    async def read(self, *, actor: Actor, review_id: UUID) -> ReviewView:
        return await self._found(review_id, user_id=_user(actor))

    async def change(
        self, *, actor: Actor, review_id: UUID, data: ReviewPatch, version: int | None
    ) -> ReviewView:
        """Its author changes what they said; a hidden one stays hidden. Raises NotFound and Stale."""
        before = await self._found(review_id, user_id=_user(actor), version=version)
        return await self._save(
            before,
            rating=before.rating if data.rating is UNSET else data.rating,
            comment=before.comment if data.comment is UNSET else data.comment.strip(),
        )

    async def delete(self, *, actor: Actor, review_id: UUID) -> None:
        """Its author may then write another."""
        review = await self._found(review_id, user_id=_user(actor))
        await self._reviews.delete(review_id=review_id, now=self._clock())
        await self._tell(review)

    async def in_store(self, *, store_id: UUID, search: ReviewSearch) -> Page[ReviewView]:
        """All of the store and its products, hidden ones too."""
        return search.page(await self._reviews.of_store(store_id=store_id, wanted=search.wanted()))

    async def moderate(
        self,
        *,
        store_id: UUID,
        review_id: UUID,
        data: ReviewModeration,
        actor: Actor,
        version: int | None,
    ) -> ReviewView:
        """Hide, show, answer; the words stay the author's. Raises NotFound and Stale."""
        before = await self._found(review_id, store_id=store_id, version=version)
        reply = before.reply if data.reply is UNSET else data.reply
        replied_at = before.replied_at if reply == before.reply else self._clock()
        after = await self._save(
            before,
            status=before.status if data.status is UNSET else data.status,
            reply=reply,
            replied_at=None if reply is None else replied_at,
        )
        await self._audit.record(
            actor=actor,
            action="reviews.moderate",
            target=f"review:{review_id}",
            store_id=store_id,
            before=before,
            after=after,
        )
        return after

    async def forget(self, *, event: UserErased) -> None:
        """Reviews outlive their author, whose name does not."""
        for review in await self._reviews.forget(user_id=event.user_id, author=FORMER):
            await self._tell(review)

    async def _found(
        self,
        review_id: UUID,
        *,
        user_id: UUID | None = None,
        store_id: UUID | None = None,
        version: int | None = None,
    ) -> ReviewView:
        review = await self._reviews.one(review_id=review_id, user_id=user_id, store_id=store_id)
        if review is None:
            raise NotFound
        if version is not None and review.version != version:
            raise Stale
        return review

    async def _save(self, before: ReviewView, **changes: object) -> ReviewView:
        after = msgspec.structs.replace(
            before, **changes, version=before.version + 1, updated_at=self._clock()
        )
        await self._reviews.save(after)
        await self._tell(after)
        return after

    async def _tell(self, review: ReviewView) -> None:
        await self._outbox.add(
            ReviewChanged(store_id=review.store_id, review_id=review.id, product_id=review.product_id)
        )


def _user(actor: Actor) -> UUID:
    assert actor.user_id is not None  # noqa: S101 - the audience of these routes lets users in only
    return actor.user_id
