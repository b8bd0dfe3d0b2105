"""`/me/two-factor`: the second factor of one's own account."""

from litestar import Controller, delete, get, post

from shoplytics.kernel.actor import Actor
from shoplytics.modules.identity.routes import user_of
from shoplytics.modules.identity.schemas import PasswordAndCode, PasswordOnly, TotpConfirmation
from shoplytics.modules.identity.service.two_factor import TwoFactorService
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import NewTwoFactor, RecoveryCodes, TwoFactorView


class TwoFactorController(Controller):
    path = "/me/two-factor"
    tags = ("Me",)

    @get(permission="me:read")
    async def status(self, actor: Actor, two_factor: TwoFactorService) -> TwoFactorView:
        """Whether signing in takes a code from an authenticator app, and how many recovery codes are left."""
        return await two_factor.status(user_id=user_of(actor))

    @post(permission="me:write")
    async def begin(
        self, data: PasswordOnly, actor: Actor, client: Client, two_factor: TwoFactorService
    ) -> NewTwoFactor:
        """Get a secret for an authenticator app. It counts once you confirm it with a code."""
        return await two_factor.begin(user_id=user_of(actor), password=data.password, client=client)

    @post("/confirm", permission="me:write", status_code=200)
    async def confirm(
        self, data: TotpConfirmation, actor: Actor, client: Client, two_factor: TwoFactorService
    ) -> RecoveryCodes:
        """Turn it on. The answer is the only place that shows your recovery codes; other sessions end."""
        return await two_factor.confirm(
            user_id=user_of(actor), session_id=actor.session_id, code=data.code, client=client
        )

    @post("/recovery-codes", permission="me:write", status_code=200)
    async def renew_codes(
        self, data: PasswordAndCode, actor: Actor, client: Client, two_factor: TwoFactorService
    ) -> RecoveryCodes:
        """Get ten new recovery codes; the old ones are void."""
        return await two_factor.renew_codes(
            user_id=user_of(actor), password=data.password, totp_code=data.totp_code, client=client
        )

    @delete(permission="me:write")
    async def remove(
        self, data: PasswordAndCode, actor: Actor, client: Client, two_factor: TwoFactorService
    ) -> None:
        """Turn it off, with your password and a code."""
        await two_factor.remove(
            user_id=user_of(actor), password=data.password, totp_code=data.totp_code, client=client
        )
