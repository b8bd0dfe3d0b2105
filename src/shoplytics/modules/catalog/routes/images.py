"""The gallery of a store's product."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post, put
from litestar.params import Parameter

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import Page
from shoplytics.modules.catalog.routes.permissions import READ, WRITE
from shoplytics.modules.catalog.schemas.images import ImageOrder, ImagePatch, ImageSource
from shoplytics.modules.catalog.service.gallery import IMAGE_LIMIT, Gallery, ImageAccepted
from shoplytics.ports.catalog import StoreImageView
from shoplytics.ports.edge import Upload


class ImageController(Controller):
    path = "/stores/{store_id:uuid}/products/{product_id:uuid}/images"
    tags = ("Images",)

    @get(permission=READ)
    async def list_images(self, store_id: UUID, product_id: UUID, gallery: Gallery) -> Page[StoreImageView]:
        """The whole gallery in its order: at most 50, those that wait or have failed too."""
        return await gallery.images(store_id=store_id, product_id=product_id)

    @post(permission=WRITE, status_code=202, raw_body=True, body_limit=IMAGE_LIMIT, idempotent=True)
    async def send_image(
        self,
        *,
        store_id: UUID,
        product_id: UUID,
        upload: Upload,
        actor: Actor,
        gallery: Gallery,
        alt: Annotated[str, Parameter(max_length=500)] = "",
    ) -> ImageAccepted:
        """Send a picture: PNG, JPEG, WebP or the first frame of a GIF, at most 10 MiB.

        The content decides, not the name: anything else is 400 `unsupported_picture`. It takes the last place
        and waits (`pending`) until a job has made WebP pictures of it, at most 160, 640 and 1600 pixels wide
        and high, upright and without metadata; then it is `ready` and shown. Where that cannot be done it is
        `failed`, with the reason in `error`.

        `curl -F file=@cup.jpg -H "Authorization: Bearer $TOKEN" "$PRODUCT/images?alt=A+cup"`
        """
        return await gallery.send(
            store_id=store_id, product_id=product_id, actor=actor, chunks=upload.chunks(), alt=alt
        )

    @post("/fetch", permission=WRITE, status_code=202, idempotent=True)
    async def fetch_image(
        self, store_id: UUID, product_id: UUID, data: ImageSource, actor: Actor, gallery: Gallery
    ) -> ImageAccepted:
        """Have a picture fetched from a public address, then as if sent. Redirects are not followed."""
        return await gallery.take(store_id=store_id, product_id=product_id, actor=actor, data=data)

    @put("/order", permission=WRITE)
    async def order_images(
        self, store_id: UUID, product_id: UUID, data: ImageOrder, actor: Actor, gallery: Gallery
    ) -> Page[StoreImageView]:
        """Put the gallery into the order of `ids`; lists show the first image that is ready or linked."""
        return await gallery.order(store_id=store_id, product_id=product_id, data=data, actor=actor)

    @get("/{image_id:uuid}", permission=READ)
    async def read_image(
        self, store_id: UUID, product_id: UUID, image_id: UUID, gallery: Gallery
    ) -> StoreImageView:
        """One image; its ETag is what If-Match takes."""
        return await gallery.image(store_id=store_id, product_id=product_id, image_id=image_id)

    @patch("/{image_id:uuid}", permission=WRITE)
    async def change_image(
        self,
        *,
        store_id: UUID,
        product_id: UUID,
        image_id: UUID,
        data: ImagePatch,
        if_match: int | None,
        actor: Actor,
        gallery: Gallery,
    ) -> StoreImageView:
        """What is read out to those who cannot see it."""
        return await gallery.change(
            store_id=store_id,
            product_id=product_id,
            image_id=image_id,
            data=data,
            version=if_match,
            actor=actor,
        )

    @delete("/{image_id:uuid}", permission=WRITE)
    async def remove_image(
        self, store_id: UUID, product_id: UUID, image_id: UUID, actor: Actor, gallery: Gallery
    ) -> None:
        """Take it out of the gallery for good, with its files."""
        await gallery.remove(store_id=store_id, product_id=product_id, image_id=image_id, actor=actor)
