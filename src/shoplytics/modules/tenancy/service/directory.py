"""The public directory of stores."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET

from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.modules.tenancy.ports import Directory
from shoplytics.ports.catalog.reviews import Rating, StoreRatings
from shoplytics.ports.tenancy import StoreProfile

CURSOR = "stores"
UNRATED = Rating()


class DirectoryService:
    """One per process; reads what is published, without a unit of work."""

    def __init__(self, *, directory: Directory, ratings: StoreRatings) -> None:
        self._directory = directory
        self._ratings = ratings

    async def store(self, *, store_id: UUID) -> StoreProfile:
        """Raises NotFound, also for a store that is not active."""
        found = await self._directory.profile(store_id)
        await self._rate([found])
        return found

    async def stores(
        self, *, q: str | None, cursor: str | None, limit: int, total: bool
    ) -> Page[StoreProfile]:
        """Newest first; `q` is part of a name or slug."""
        before = decode_id_cursor(cursor, sort=CURSOR)
        found = await self._directory.profiles(q=q, before=before, limit=limit + 1)
        page = page_of(found, limit, lambda store: encode_cursor(CURSOR, store.id))
        await self._rate(page.items)
        page.total = await self._directory.count(q=q) if total else UNSET
        return page

    async def _rate(self, profiles: Sequence[StoreProfile]) -> None:
        if not profiles:
            return
        rated = await self._ratings.of_stores([profile.id for profile in profiles])
        for profile in profiles:
            found = rated.get(profile.id, UNRATED)
            profile.rating, profile.review_count = found.rating, found.review_count
