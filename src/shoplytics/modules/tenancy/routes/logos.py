"""A store's picture."""

from uuid import UUID

from litestar import Controller, delete, put

from shoplytics.kernel.actor import Actor
from shoplytics.modules.tenancy.service import TenancyService
from shoplytics.ports.edge import Upload
from shoplytics.ports.jobs import JobAccepted
from shoplytics.ports.pictures import UPLOAD_LIMIT


class LogoController(Controller):
    path = "/stores/{store_id:uuid}/logo"
    tags = ("Stores",)

    @put(permission="stores:change", status_code=202, raw_body=True, body_limit=UPLOAD_LIMIT)
    async def send_logo(
        self, store_id: UUID, upload: Upload, actor: Actor, tenancy: TenancyService
    ) -> JobAccepted:
        """Send the store's logo: PNG, JPEG, WebP or the first frame of a GIF, at most 5 MiB.

        The content decides, not the name: anything else is 400 `unsupported_picture`. A job makes it a WebP
        of at most 512 pixels without metadata; then `logo_url` changes, and the audit log tells who sent it.
        A job that fails with `undecodable_picture` or `oversized_picture` (more than 40 megapixels) leaves
        the one before. A newer picture cancels one that is on its way.

        `curl -X PUT -F file=@logo.png -H "Authorization: Bearer $TOKEN" $URL/api/v1/stores/$STORE/logo`
        """
        return JobAccepted(await tenancy.logos.ask(store_id=store_id, actor=actor, chunks=upload.chunks()))

    @delete(permission="stores:change")
    async def remove_logo(self, store_id: UUID, actor: Actor, tenancy: TenancyService) -> None:
        """Show no logo any more, nor one that is on its way; twice is harmless."""
        await tenancy.logos.drop(store_id=store_id, actor=actor)
