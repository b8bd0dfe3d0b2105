"""The pages that mailed links open: proving an address, a new password, joining a store, a cart, orders."""

from typing import Any, TypeAlias

from litestar import Controller, Request, Response, get

from shoplytics.console.pages import Pages

Asked: TypeAlias = Request[Any, Any, Any]


class AccountPages(Controller):
    """Their tokens stand in the address's fragment, so a script has to hand them on; no server sees them."""

    include_in_schema = False

    @get("/verify-email", permission="console:home", budget="docs", console=True)
    async def verify_email(self, request: Asked, pages: Pages, nonce: str) -> Response[bytes]:
        """One press of a button, for programs that look at links before people do press none."""
        return pages.show("verify_email.html", headers=request.scope["headers"], nonce=nonce)

    @get("/reset-password", permission="console:home", budget="docs", console=True)
    async def reset_password(self, request: Asked, pages: Pages, nonce: str) -> Response[bytes]:
        """A new password."""
        return pages.show("reset_password.html", headers=request.scope["headers"], nonce=nonce)

    @get("/forgot-password", permission="console:home", budget="docs", console=True)
    async def forgot_password(self, request: Asked, pages: Pages, nonce: str) -> Response[bytes]:
        """Where another link is asked for."""
        return pages.show("forgot_password.html", headers=request.scope["headers"], nonce=nonce)

    @get("/console/invitations", permission="console:home", budget="docs", console=True)
    async def invitation(self, request: Asked, pages: Pages, nonce: str) -> Response[bytes]:
        """Joining a store, with an account one has or makes here."""
        return pages.show("invitation.html", headers=request.scope["headers"], nonce=nonce)

    @get("/cart/restore", permission="console:home", budget="docs", console=True)
    async def cart_restore(self, request: Asked, pages: Pages, nonce: str) -> Response[bytes]:
        """Back to a cart; its new token is kept in the browser for a shop's pages at this address."""
        return pages.show("cart_restore.html", headers=request.scope["headers"], nonce=nonce)

    @get("/cart/reminders", permission="console:home", budget="docs", console=True)
    async def cart_reminders(self, request: Asked, pages: Pages, nonce: str) -> Response[bytes]:
        """No more of such mails."""
        return pages.show("cart_reminders.html", headers=request.scope["headers"], nonce=nonce)

    @get("/orders", permission="console:home", budget="docs", console=True)
    async def orders(self, request: Asked, pages: Pages, nonce: str) -> Response[bytes]:
        """What was ordered, and paying for it, for whoever has the token of its checkout."""
        return pages.show("orders.html", headers=request.scope["headers"], nonce=nonce)
