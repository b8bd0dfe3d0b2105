"""`/console/mailbox`: what was mailed, and what would have been."""

import re
from typing import Any, TypeAlias
from uuid import UUID

from litestar import Controller, Request, Response, get

from shoplytics.adapters.postgres.mails import PgMailbox
from shoplytics.console.pages import Pages
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.errors import NotFound

Asked: TypeAlias = Request[Any, Any, Any]
PAGE = 50
CODE = re.compile(r"(?<![\w#/-])\d{6}(?![\w-])")
# A mail is somebody else's page: it may look as it likes, and can neither run, load nor send anything. What
# is clicked in it opens a window of its own.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
IN_A_WINDOW = '<head><base target="_blank">'


def code_in(text: str | None) -> str | None:
    """The code that a letter brings, for whoever only came for it."""
    found = CODE.search(text or "")
    return found[0] if found else None


class MailboxPages(Controller):
    path = "/console/mailbox"
    include_in_schema = False
    opt = {"permission": "console:mailbox", "budget": "docs", "console": True, "at_home": True}  # noqa: RUF012 - Litestar's own attribute

    @get()
    async def page(
        self, request: Asked, mailbox: PgMailbox, pages: Pages, actor: Actor, cursor: str | None = None
    ) -> Response[bytes]:
        """The newest first."""
        found = await mailbox.page(actor=actor, cursor=cursor, limit=PAGE)
        return pages.show(
            "mailbox.html",
            headers=request.scope["headers"],
            actor=actor,
            mails=[(mail, code_in(mail.subject)) for mail in found.items],
            following=found.next_cursor,
            first=cursor is None,
        )

    @get("/{mail_id:uuid}")
    async def mail(
        self, request: Asked, mail_id: UUID, mailbox: PgMailbox, pages: Pages, actor: Actor
    ) -> Response[bytes]:
        """One, as text and as its reader sees it."""
        mail = await mailbox.one(mail_id, actor=actor)
        return pages.show(
            "mail.html",
            headers=request.scope["headers"],
            actor=actor,
            mail=mail,
            code=code_in(mail.subject) or code_in(mail.text),
        )

    @get("/{mail_id:uuid}/html")
    async def html(self, mail_id: UUID, mailbox: PgMailbox, actor: Actor) -> Response[bytes]:
        """What the page of a mail has in its frame."""
        html = (await mailbox.one(mail_id, actor=actor)).html
        if html is None:
            raise NotFound
        framed = html.replace("<head>", IN_A_WINDOW, 1)
        headers = {"content-security-policy": MAIL_POLICY}
        return Response(framed.encode(), media_type="text/html", headers=headers)
