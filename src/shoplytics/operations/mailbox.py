"""What was mailed, and what lies in the mailbox: `/admin/mailbox`."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.params import Parameter

from shoplytics.adapters.postgres.mails import PgMailbox
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from shoplytics.ports.mails import MailView, MailWithBody

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]


class MailboxController(Controller):
    path = "/admin/mailbox"
    tags = ("Admin",)

    @get(permission="mailbox:read")
    async def page(
        self, mailbox: PgMailbox, actor: Actor, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[MailView]:
        """Mails and text messages of the last 30 days, newest first, without their words.

        Subjects may show codes, so that somebody looked is in the audit log.
        """
        return await mailbox.page(actor=actor, cursor=cursor, limit=limit)

    @get("/{mail_id:uuid}", permission="mailbox:read")
    async def read(self, mail_id: UUID, mailbox: PgMailbox, actor: Actor) -> MailWithBody:
        """One of them, with its words while they are there.

        They are deleted once a mail server has taken the mail, and after seven days where none is set. Who
        reads which mail is in the audit log.
        """
        return await mailbox.one(mail_id, actor=actor)
