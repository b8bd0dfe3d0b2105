"""What is kept about oneself, and how to end it."""

from litestar import Controller, Response, delete, get, post

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.codec import to_json
from shoplytics.modules.identity.routes import user_of
from shoplytics.modules.identity.schemas import Erasure
from shoplytics.modules.identity.service.leaving import LeavingService
from shoplytics.ports.edge import Client


class LeavingController(Controller):
    path = "/me"
    tags = ("Me",)

    @get("/export", permission="me:read")
    async def export(self, actor: Actor, leaving: LeavingService) -> Response[bytes]:
        """Everything kept about you and your memberships, by table, as a JSON file without secrets."""
        found = await leaving.export(user_id=user_of(actor))
        name = f"shoplytics-{found.created_at:%Y-%m-%d}.json"
        return Response(
            to_json(found),
            media_type="application/json",
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )

    @delete(permission="me:write", recent=True)
    async def remove(self, actor: Actor, client: Client, leaving: LeavingService) -> None:
        """Delete your account. It is erased after 30 days; until then an administrator can restore it.

        A mail to your address confirms it.
        """
        await leaving.delete(user_id=user_of(actor), client=client)

    @post("/erase", permission="me:write", status_code=204)
    async def erase(self, data: Erasure, actor: Actor, client: Client, leaving: LeavingService) -> None:
        """Erase everything personal now, for good. Orders and payments stay, without your name."""
        await leaving.erase(
            user_id=user_of(actor), password=data.password, totp_code=data.totp_code, client=client
        )
