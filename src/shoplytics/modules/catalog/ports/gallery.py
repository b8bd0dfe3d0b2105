"""Galleries, within one unit of work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.ports.catalog import StoreImageView
from shoplytics.ports.pictures import Rendered


class NewImage(msgspec.Struct, frozen=True, kw_only=True):
    """It waits until a worker has made it ready; `source_url` is where it is taken from, if not sent."""

    id: UUID
    store_id: UUID
    product_id: UUID
    alt: str
    source_url: str | None = None


class GalleryRepository(Protocol):
    """Whoever changes a gallery locks it first, so that places stay in a row."""

    async def lock(self, *, store_id: UUID, product_id: UUID) -> bool:
        """False when there is no such product."""
        ...

    async def images(
        self, *, store_id: UUID, product_id: UUID, image_id: UUID | None = None
    ) -> list[StoreImageView] | None:
        """In their order; None when there is no such product."""
        ...

    async def add(self, image: NewImage, *, most: int, now: datetime) -> bool:
        """In the last place. False when there are `most` already."""
        ...

    async def describe(
        self, *, store_id: UUID, image_id: UUID, alt: str, version: int | None, now: datetime
    ) -> bool:
        """False when the version differs."""
        ...

    async def order(
        self, *, store_id: UUID, product_id: UUID, ids: Sequence[UUID], now: datetime
    ) -> None: ...
    async def remove(self, *, store_id: UUID, product_id: UUID, image_id: UUID) -> list[str]:
        """The keys of its objects."""
        ...

    async def ready(
        self, *, store_id: UUID, image_id: UUID, renditions: Sequence[Rendered], now: datetime
    ) -> bool:
        """False when it does not wait any more."""
        ...

    async def failed(self, *, store_id: UUID, image_id: UUID, reason: str, now: datetime) -> None: ...
    async def cover(self, *, store_id: UUID, product_id: UUID, now: datetime) -> None:
        """Show the first image in lists, and count the product's version."""
        ...

    async def give_up(self, *, before: datetime, reason: str, now: datetime) -> None:
        """Fail what waits since then, in any store."""
        ...

    async def known(self, ids: Sequence[UUID]) -> set[UUID]:
        """Which of these images there are, in any store."""
        ...
