"""Galleries: what a store shows of a product, sent or fetched, made ready by a worker."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from uuid import UUID

import msgspec
from msgspec import UNSET

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import Conflict, Invalid, NotFound, ShopError, Stale, invalid_field
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.paging import Page
from shoplytics.modules.catalog.ports import GalleryRepository, NewImage
from shoplytics.modules.catalog.schemas.images import MAX_IMAGES, ImageOrder, ImagePatch, ImageSource
from shoplytics.ports.catalog import ImageDropped, ImageStatus, ProductChanged, StoreImageView
from shoplytics.ports.fetcher import AddressRefused, Fetcher
from shoplytics.ports.jobs import JobCancelled, Jobs
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.pictures import LostUpload, Pictures, Rendered
from shoplytics.ports.tenancy import AuditLog

MAKE_IMAGE = "catalog.make-image"
FOLDER = "products"
SIDES = (160, 640, 1600)
IMAGE_LIMIT = 10 * 1024 * 1024
FETCH_SECONDS = 15.0
PATIENCE = timedelta(days=1)
LOST = "Its job came to no end; add it again."
SHOWN = {ImageStatus.LINKED, ImageStatus.READY}


class GalleryFull(Conflict):
    code = "too_many_images"
    message = f"A product has {MAX_IMAGES} images at most."


class WrongOrder(Invalid):
    code = "wrong_images"
    message = "Name every image of the gallery once, and nothing else."


class MakeImage(msgspec.Struct, frozen=True, kw_only=True):
    """The job's payload: exactly one of `upload`, the object's key, and `url`."""

    store_id: UUID
    product_id: UUID
    image_id: UUID
    upload: str | None = None
    url: str | None = None


class ImageMade(msgspec.Struct, frozen=True, kw_only=True):
    """What the job ends with."""

    image_id: UUID


class ImageAccepted(msgspec.Struct, kw_only=True):
    """The image is in its place; it is shown once the job has succeeded."""

    job_id: UUID
    image: StoreImageView


class Gallery:
    """Within one unit of work; another store's products are not found."""

    def __init__(
        self,
        *,
        images: GalleryRepository,
        pictures: Pictures,
        fetcher: Fetcher,
        jobs: Jobs,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self.pictures = pictures
        self._fetcher = fetcher
        self._images = images
        self._jobs = jobs
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def images(self, *, store_id: UUID, product_id: UUID) -> Page[StoreImageView]:
        """All of them, in their order."""
        found = await self._images.images(store_id=store_id, product_id=product_id)
        if found is None:
            raise NotFound
        return Page(items=found)

    async def image(self, *, store_id: UUID, product_id: UUID, image_id: UUID) -> StoreImageView:
        found = await self._images.images(store_id=store_id, product_id=product_id, image_id=image_id)
        if not found:
            raise NotFound
        return found[0]

    async def send(
        self, *, store_id: UUID, product_id: UUID, actor: Actor, chunks: AsyncIterator[bytes], alt: str
    ) -> ImageAccepted:
        """Raises UnsupportedPicture and GalleryFull."""
        before = await self.images(store_id=store_id, product_id=product_id)
        if len(before.items) >= MAX_IMAGES:  # asked again below, but not after 10 MB are stored
            raise GalleryFull
        image = NewImage(id=new_id(), store_id=store_id, product_id=product_id, alt=alt)
        upload = await self.pictures.keep(chunks, folder=FOLDER, name=image.id)
        return await self._add(image, actor, upload=upload)

    async def take(
        self, *, store_id: UUID, product_id: UUID, actor: Actor, data: ImageSource
    ) -> ImageAccepted:
        """A worker fetches it. Raises GalleryFull, and Invalid for an address that never can be fetched."""
        try:
            self._fetcher.check(data.url)
        except AddressRefused as refused:
            raise invalid_field("/url", refused.code, str(refused)) from None
        image = NewImage(
            id=new_id(), store_id=store_id, product_id=product_id, alt=data.alt, source_url=data.url
        )
        return await self._add(image, actor, url=data.url)

    async def change(
        self,
        *,
        store_id: UUID,
        product_id: UUID,
        image_id: UUID,
        data: ImagePatch,
        version: int | None,
        actor: Actor,
    ) -> StoreImageView:
        """Raises Stale."""
        await self._lock(store_id, product_id)
        before = await self.image(store_id=store_id, product_id=product_id, image_id=image_id)
        alt = before.alt if data.alt is UNSET else data.alt
        if not await self._images.describe(
            store_id=store_id, image_id=image_id, alt=alt, version=version, now=self._clock()
        ):
            raise Stale
        after = await self.image(store_id=store_id, product_id=product_id, image_id=image_id)
        await self._note(actor, "images.change", store_id, before=before, after=after)
        if after.status in SHOWN:
            await self._show(store_id, product_id)
        return after

    async def order(
        self, *, store_id: UUID, product_id: UUID, data: ImageOrder, actor: Actor
    ) -> Page[StoreImageView]:
        """Raises WrongOrder."""
        await self._lock(store_id, product_id)
        images = await self.images(store_id=store_id, product_id=product_id)
        before = [image.id for image in images.items]
        if sorted(data.ids) != sorted(before):
            raise WrongOrder
        await self._images.order(store_id=store_id, product_id=product_id, ids=data.ids, now=self._clock())
        await self._audit.record(
            actor=actor,
            action="images.order",
            target=f"product:{product_id}",
            store_id=store_id,
            before=ImageOrder(ids=before),
            after=data,
        )
        await self._show(store_id, product_id)
        return await self.images(store_id=store_id, product_id=product_id)

    async def remove(self, *, store_id: UUID, product_id: UUID, image_id: UUID, actor: Actor) -> None:
        """Its objects go after the commit."""
        await self._lock(store_id, product_id)
        before = await self.image(store_id=store_id, product_id=product_id, image_id=image_id)
        keys = await self._images.remove(store_id=store_id, product_id=product_id, image_id=image_id)
        await self._note(actor, "images.remove", store_id, before=before)
        if keys:
            await self._outbox.add(ImageDropped(store_id=store_id, keys=keys))
        if before.status in SHOWN:
            await self._show(store_id, product_id)

    async def ready(self, *, asked: MakeImage, renditions: Sequence[Rendered]) -> ImageMade:
        """Show it from now on. Raises JobCancelled when it was removed meanwhile."""
        locked = await self._images.lock(store_id=asked.store_id, product_id=asked.product_id)
        if not locked or not await self._images.ready(
            store_id=asked.store_id, image_id=asked.image_id, renditions=renditions, now=self._clock()
        ):
            raise JobCancelled(asked.image_id)
        await self._show(asked.store_id, asked.product_id)
        return ImageMade(image_id=asked.image_id)

    async def failed(self, *, asked: MakeImage, refusal: ShopError) -> None:
        """Tell the store why."""
        reason = str(refusal).removesuffix("; the one before stays.").rstrip(".")
        await self._images.failed(
            store_id=asked.store_id, image_id=asked.image_id, reason=f"{reason}.", now=self._clock()
        )

    @asynccontextmanager
    async def renditions(self, asked: MakeImage) -> AsyncIterator[Sequence[Rendered]]:
        """Outside any transaction. Raises what the fetcher and Pictures.renditions refuse with."""
        upload = asked.upload
        if asked.url is not None:
            async with self._fetcher.fetch(asked.url, limit=IMAGE_LIMIT, seconds=FETCH_SECONDS) as found:
                upload = await self.pictures.keep(found.chunks, folder=FOLDER, name=asked.image_id)
        if upload is None:
            raise LostUpload
        async with self.pictures.renditions(upload, sides=SIDES) as made:
            yield made

    async def sweep(self, now: datetime) -> None:
        """Fail what a cancelled or crashed job left behind, and remove the files that no image has."""
        before = now - PATIENCE
        await self._images.give_up(before=before, reason=LOST, now=now)
        async for keys in self.pictures.kept(FOLDER, before=before):
            owners = {key: UUID(hex=PurePosixPath(key).stem) for key in keys}
            known = await self._images.known(list(owners.values()))
            for key, image_id in owners.items():
                if image_id not in known:
                    await self.pictures.remove(key)

    async def _add(
        self, image: NewImage, actor: Actor, *, upload: str | None = None, url: str | None = None
    ) -> ImageAccepted:
        store_id, product_id = image.store_id, image.product_id
        await self._lock(store_id, product_id)
        if not await self._images.add(image, most=MAX_IMAGES, now=self._clock()):
            raise GalleryFull
        asked = MakeImage(store_id=store_id, product_id=product_id, image_id=image.id, upload=upload, url=url)
        job_id = await self._jobs.start(
            kind=MAKE_IMAGE, payload=asked, store_id=store_id, user_id=actor.user_id
        )
        made = await self.image(store_id=store_id, product_id=product_id, image_id=image.id)
        await self._note(actor, "images.add", store_id, after=made)
        return ImageAccepted(job_id=job_id, image=made)

    async def _lock(self, store_id: UUID, product_id: UUID) -> None:
        if not await self._images.lock(store_id=store_id, product_id=product_id):
            raise NotFound

    async def _show(self, store_id: UUID, product_id: UUID) -> None:
        await self._images.cover(store_id=store_id, product_id=product_id, now=self._clock())
        await self._outbox.add(ProductChanged(store_id=store_id, product_id=product_id, deleted=False))

    async def _note(
        self,
        actor: Actor,
        action: str,
        store_id: UUID,
        *,
        before: StoreImageView | None = None,
        after: StoreImageView | None = None,
    ) -> None:
        image = after or before
        target = f"image:{image.id}" if image is not None else "image"
        await self._audit.record(
            actor=actor, action=action, target=target, store_id=store_id, before=before, after=after
        )
