"""Letters: written with what causes them, settled by workers, read by operators."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec
import structlog

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.outbox import ADD_TASK, ring_after_commit
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.letters import Letter
from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.kernel.preferences import Preferences
from shoplytics.ports.identity import Readers
from shoplytics.ports.mails import Body, Channel, MailStatus, MailView, MailWithBody, Render
from shoplytics.ports.outbox import Bell
from shoplytics.ports.tenancy import AuditLog
from shoplytics.ports.vault import Vault

log = structlog.get_logger()
DELIVER = "platform.deliver"
GOOD_FOR = timedelta(days=3)
KEEP_WORDS = timedelta(days=7)
KEEP_ROWS = timedelta(days=30)
CURSOR = "mails"

# No conflict target: naming one would need the right to read, which users and members do not have here.
ADD = """
    insert into platform_mail
        (id, cause, template, channel, recipient, store_id, locale, body, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    on conflict do nothing
"""
WAITING = """
    select id, channel, recipient, body, attempts, expires_at
    from platform_mail where id = $1 and status = 'waiting'
"""
SETTLE = """
    update platform_mail set status = $2, sent_at = $3, last_error = $4, attempts = attempts + $5,
        body = case when $2 in ('waiting', 'kept') then body end
    where id = $1 and status = 'waiting'
"""
COLUMNS = """
    id, template, channel, recipient, store_id, locale, status, attempts, body, created_at, expires_at,
    sent_at, last_error
"""
PAGE = f"""
    select {COLUMNS} from platform_mail where $1::uuid is null or id < $1 order by id desc limit $2
"""
ONE = f"select {COLUMNS} from platform_mail where id = $1"
FORGET_WORDS = """
    update platform_mail set body = null where body is not null and status <> 'waiting' and created_at < $1
"""
FORGET_PERSON = "delete from platform_mail where recipient = $1"
FORGET_FOR = """
    delete from platform_mail where recipient = $2 and (store_id = $1 or cause = any($3::uuid[]))
"""
FORGET_ROWS = "delete from platform_mail where created_at < $1 and status <> 'waiting'"


def _place(mail_id: UUID) -> str:
    """Where a sealed body belongs."""
    return f"platform_mail:body:{mail_id}"


def _opened(vault: Vault, mail_id: UUID, sealed: bytes) -> Body:
    return msgspec.json.decode(vault.open(sealed, context=_place(mail_id)), type=Body)


class PgMails:
    """See Mails in ports/mails.py."""

    def __init__(
        self, work: Work, *, vault: Vault, render: Render, bell: Bell, readers: Readers, clock: Clock
    ) -> None:
        self._work = work
        self._readers = readers
        self._vault = vault
        self._render = render
        self._bell = bell
        self._clock = clock

    async def add(
        self,
        letter: Letter,
        *,
        to: str,
        cause: UUID,
        locale: str | None = None,
        store_id: UUID | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        channel = Channel.MAIL if "@" in to else Channel.SMS
        wishes = await self._wishes(letter, channel, to, locale)
        if letter.kind is not None and not wishes.mails.want(letter.kind):
            log.info("letter_not_wanted", template=letter.template, cause=str(cause))
            return
        locale = locale or wishes.locale
        mail_id, now = new_id(), self._clock()
        body = msgspec.json.encode(self._render(letter, channel, locale))
        sealed = self._vault.seal(body, context=_place(mail_id))
        until = expires_at or now + GOOD_FOR
        added = await self._work.raw.execute(
            ADD, mail_id, cause, letter.template, channel, to, store_id, locale, sealed, now, until
        )
        if added == "INSERT 0 1":
            await self._work.raw.execute(ADD_TASK, mail_id, DELIVER, store_id, "{}")
            ring_after_commit(self._work, self._bell, [mail_id])

    async def _wishes(self, letter: Letter, channel: Channel, to: str, locale: str | None) -> Preferences:
        """Asked only where they decide something."""
        if channel is Channel.SMS or (letter.kind is None and locale is not None):
            return Preferences()
        return await self._readers.wishes(to) or Preferences()

    async def forget(self, *, to: str) -> None:
        await self._work.raw.execute(FORGET_PERSON, to)

    async def forget_for(self, *, store_id: UUID, to: str, causes: Sequence[UUID]) -> None:
        await self._work.raw.execute(FORGET_FOR, store_id, to, list(causes))


class WaitingMail(msgspec.Struct, frozen=True, kw_only=True):
    """A letter as its delivery needs it; the words are still sealed."""

    id: UUID
    channel: Channel
    recipient: str
    body: bytes
    attempts: int
    expires_at: datetime


class PgMailLog:
    """What workers know of letters."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def waiting(self, mail_id: UUID) -> WaitingMail | None:
        """None for one that is settled."""
        pool = self._database.pool(DbRole.SYSTEM)
        row = await pool.fetchrow(WAITING, mail_id)
        return None if row is None else msgspec.convert(dict(row), WaitingMail)

    def words(self, mail: WaitingMail) -> Body:
        """Raises Unsealable."""
        return _opened(self._vault, mail.id, mail.body)

    async def settle(
        self,
        work: Work,
        mail_id: UUID,
        status: MailStatus,
        *,
        tried: bool = True,
        sent_at: datetime | None = None,
        error: str | None = None,
    ) -> None:
        """How an attempt ended; only a letter that waits or lies in the mailbox keeps its words."""
        await work.raw.execute(SETTLE, mail_id, status, sent_at, error and error[:500], int(tried))


async def forget_mails(work: Work, *, now: datetime) -> None:
    """The mailbox keeps words for a week; that there was a letter is known for a month."""
    await work.raw.execute(FORGET_WORDS, now - KEEP_WORDS)
    await work.raw.execute(FORGET_ROWS, now - KEEP_ROWS)


class PgMailbox:
    """The letters of the last weeks, as the operator sees them; who looks is audited with it.

    Letters hold codes and links that open accounts, and subjects show codes.
    """

    def __init__(self, work: Work, *, vault: Vault, audit: AuditLog) -> None:
        self._work = work
        self._vault = vault
        self._audit = audit

    async def page(self, *, actor: Actor, cursor: str | None, limit: int) -> Page[MailView]:
        """Newest first. Raises Invalid for a cursor that is none of ours."""
        await self._audit.record(actor=actor, action="mailbox.list", target="mailbox", store_id=None)
        before = decode_id_cursor(cursor, sort=CURSOR)
        rows = await self._work.raw.fetch(PAGE, before, limit + 1)
        found = [self._view(row) for row in rows]
        return page_of(found, limit, lambda mail: encode_cursor(CURSOR, mail.id))

    async def one(self, mail_id: UUID, *, actor: Actor) -> MailWithBody:
        """Raises NotFound."""
        row = await self._work.raw.fetchrow(ONE, mail_id)
        if row is None:
            raise NotFound
        await self._audit.record(actor=actor, action="mailbox.read", target=f"mail:{mail_id}", store_id=None)
        view, body = self._view(row), self._body(row)
        return MailWithBody(
            **msgspec.structs.asdict(view),
            text=None if body is None else body.text,
            html=None if body is None or view.channel is Channel.SMS else body.html,
        )

    def _body(self, row: asyncpg.Record) -> Body | None:
        return None if row["body"] is None else _opened(self._vault, row["id"], row["body"])

    def _view(self, row: asyncpg.Record) -> MailView:
        body = self._body(row)
        values = {name: value for name, value in row.items() if name not in {"body", "recipient"}}
        values["subject"] = None if body is None else body.subject or body.text
        return msgspec.convert(values | {"to": row["recipient"]}, MailView)
