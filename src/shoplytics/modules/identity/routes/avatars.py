"""One's own picture."""

from litestar import Controller, delete, put

from shoplytics.kernel.actor import Actor
from shoplytics.modules.identity.routes import user_of
from shoplytics.modules.identity.service import IdentityService
from shoplytics.ports.edge import Upload
from shoplytics.ports.jobs import JobAccepted
from shoplytics.ports.pictures import UPLOAD_LIMIT


class AvatarController(Controller):
    path = "/me/avatar"
    tags = ("Me",)

    @put(permission="me:write", status_code=202, raw_body=True, body_limit=UPLOAD_LIMIT)
    async def send_avatar(self, upload: Upload, actor: Actor, identity: IdentityService) -> JobAccepted:
        """Send a picture of yourself: PNG, JPEG, WebP or the first frame of a GIF, at most 5 MiB.

        The content decides, not the name: anything else is 400 `unsupported_picture`. A job makes it a WebP
        of at most 256 pixels without metadata; then `avatar_url` changes. A job that fails with
        `undecodable_picture` or `oversized_picture` (more than 40 megapixels) leaves the one before. A newer
        picture cancels one that is on its way.

        `curl -X PUT -F file=@me.jpg -H "Authorization: Bearer $TOKEN" $URL/api/v1/me/avatar`
        """
        job_id = await identity.avatars.ask(user_id=user_of(actor), chunks=upload.chunks())
        return JobAccepted(job_id)

    @delete(permission="me:write")
    async def remove_avatar(self, actor: Actor, identity: IdentityService) -> None:
        """Show no picture of you any more, nor one that is on its way; twice is harmless."""
        await identity.avatars.drop(user_id=user_of(actor))
