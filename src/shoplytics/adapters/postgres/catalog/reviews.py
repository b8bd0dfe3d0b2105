"""Reviews; what they count for follows by a trigger (migration 0022)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import DbRole
from shoplytics.modules.catalog.domain import AlreadyReviewed
from shoplytics.modules.catalog.ports import NewReview, ReviewsWanted
from shoplytics.ports.catalog.reviews import Rating, ReviewPage, ReviewStatus, ReviewView

FIELDS = """r.id, r.store_id, r.product_id, r.author, r.rating, r.comment, r.status, r.reply, r.replied_at,
    r.version, r.created_at, r.updated_at"""
SUBJECT = "select catalog_reviewed($1, $2)"
ADD = f"""
    insert into catalog_review as r
        (id, store_id, product_id, user_id, author, rating, comment, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $8) returning {FIELDS}
"""
ONE = f"""
    select {FIELDS} from catalog_review r
    where r.id = $1 and ($2::uuid is null or r.user_id = $2) and ($3::uuid is null or r.store_id = $3)
        and r.deleted_at is null for update
"""
SAVE = """
    update catalog_review set rating = $2, comment = $3, status = $4, reply = $5, replied_at = $6,
        version = $7, updated_at = $8
    where id = $1
"""
DELETE = "update catalog_review set deleted_at = $2, updated_at = $2, version = version + 1 where id = $1"
FORGET = f"""
    update catalog_review r set author = $2, version = version + 1 where r.user_id = $1 returning {FIELDS}
"""
# A page the newest first: ids are in the order of their time.
_PAGE = """
    and r.deleted_at is null and ($2::int is null or r.rating = $2) and ($3::text is null or r.status = $3)
    and ($4::uuid is null or r.product_id = $4) and ($5::uuid is null or r.id < $5)
    order by r.id desc limit $6
"""
OF_USER = f"select {FIELDS} from catalog_review r where r.user_id = $1 {_PAGE}"
OF_STORE = f"select {FIELDS} from catalog_review r where r.store_id = $1 {_PAGE}"


def _shown(subject: str, shown: str) -> dict[tuple[bool, bool], str]:
    """By (by rating, descending). One row at least when the subject is shown, its counts first."""
    statements = {}
    for by_rating in (False, True):
        for descending in (False, True):
            sign, way = ("<", " desc") if descending else (">", "")
            key = "(r.rating, r.id)" if by_rating else "r.id"
            after = "($3::int, $4::uuid)" if by_rating else "$4::uuid"
            order = f"r.rating{way}, r.id{way}" if by_rating else f"r.id{way}"
            listed = (
                f"select {FIELDS} from catalog_review r where {shown} and r.deleted_at is null"
                " and r.status = 'published' and ($2::int is null or r.rating = $2)"
                f" and ($4::uuid is null or $3::int is not null and {key} {sign} {after})"
                f" order by {order} limit $5"
            )
            statements[by_rating, descending] = (
                f"select c.counts, r.* from ({subject}) s"
                " left join catalog_rating c on c.subject_id = $1"
                f" left join ({listed}) r on true order by {order}"
            )
    return statements


OF_PRODUCT_SHOWN = _shown(
    "select from catalog_product p where p.id = $1 and p.published", "r.product_id = $1"
)
OF_STORE_SHOWN = _shown(
    "select from catalog_store st where st.store_id = $1 and st.active",
    "r.store_id = $1 and r.product_id is null",
)
RATED = "select subject_id, counts from catalog_rating where subject_id = any($1::uuid[])"


def _view(row: Iterable[object]) -> ReviewView:
    names = ReviewView.__struct_fields__
    values = dict(zip(names, row, strict=True))
    values["status"] = ReviewStatus(str(values["status"]))
    return ReviewView(**values)  # type: ignore[arg-type]  # FIELDS stand in the view's order


def _page(wanted: ReviewsWanted) -> tuple[object, ...]:
    last = wanted.after and wanted.after[1]
    return (wanted.rating, wanted.status, wanted.product_id, last, wanted.limit)


class PgReviews:
    """See ReviewRepository in modules/catalog/ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def subject(self, *, product_id: UUID | None, store_id: UUID | None) -> UUID | None:
        found: UUID | None = await self._work.raw.fetchval(SUBJECT, product_id, store_id)
        return found

    async def add(self, review: NewReview) -> ReviewView:
        try:
            row = await self._work.raw.fetchrow(
                ADD, review.id, review.store_id, review.product_id, review.user_id, review.author,
                review.rating, review.comment, review.at,
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise AlreadyReviewed from None
        assert row is not None  # noqa: S101 - an insert that returns
        return _view(tuple(row))

    async def of_user(self, *, user_id: UUID, wanted: ReviewsWanted) -> Sequence[ReviewView]:
        return [_view(tuple(row)) for row in await self._work.raw.fetch(OF_USER, user_id, *_page(wanted))]

    async def of_store(self, *, store_id: UUID, wanted: ReviewsWanted) -> Sequence[ReviewView]:
        return [_view(tuple(row)) for row in await self._work.raw.fetch(OF_STORE, store_id, *_page(wanted))]

    async def one(
        self, *, review_id: UUID, user_id: UUID | None = None, store_id: UUID | None = None
    ) -> ReviewView | None:
        row = await self._work.raw.fetchrow(ONE, review_id, user_id, store_id)
        return None if row is None else _view(tuple(row))

    async def save(self, review: ReviewView) -> None:
        await self._work.raw.execute(
            SAVE, review.id, review.rating, review.comment, review.status, review.reply, review.replied_at,
            review.version, review.updated_at,
        )  # fmt: skip

    async def delete(self, *, review_id: UUID, now: datetime) -> None:
        await self._work.raw.execute(DELETE, review_id, now)

    async def forget(self, *, user_id: UUID, author: str) -> Sequence[ReviewView]:
        return [_view(tuple(row)) for row in await self._work.raw.fetch(FORGET, user_id, author)]


class PgPublicReviews:
    """See PublicReviews in modules/catalog/ports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reviews(self, *, subject_id: UUID, of_store: bool, wanted: ReviewsWanted) -> ReviewPage | None:
        pool = self._database.pool(DbRole.PUBLIC)
        statement = (OF_STORE_SHOWN if of_store else OF_PRODUCT_SHOWN)[wanted.by_rating, wanted.descending]
        stars, last = wanted.after or (None, None)
        rows = await pool.fetch(statement, subject_id, wanted.rating, stars, last, wanted.limit)
        if not rows:
            return None
        counts = list(rows[0]["counts"] or [0] * 5)
        rated = _rating(counts)
        return ReviewPage(
            items=[_view(tuple(row)[1:]) for row in rows if row["id"] is not None],
            rating=rated.rating,
            review_count=rated.review_count,
            by_rating=counts,
        )


class PgStoreRatings:
    """See StoreRatings in ports/catalog/reviews.py."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_stores(self, store_ids: Sequence[UUID]) -> Mapping[UUID, Rating]:
        pool = self._database.pool(DbRole.PUBLIC)
        rows = await pool.fetch(RATED, list(store_ids))
        return {row["subject_id"]: _rating(row["counts"]) for row in rows}


def _rating(counts: Sequence[int]) -> Rating:
    """Of how many reviews have one star, two, and so on."""
    many = sum(counts)
    stars = sum(count * worth for worth, count in enumerate(counts, start=1))
    return Rating(rating=round(stars / many, 2) if many else None, review_count=many)
