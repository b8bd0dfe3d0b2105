"""Letters on their way out: each until it is taken, refused for good, or too old to be of use."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from shoplytics.adapters.postgres.mails import PgMailLog, WaitingMail
from shoplytics.adapters.postgres.queue import Queue, Row
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.errors import Invalid, Unavailable
from shoplytics.ports.mailer import MailMessage
from shoplytics.ports.mails import MAILBOX, Channel, MailStatus
from shoplytics.ports.sms import TextMessage
from shoplytics.ports.vault import Unsealable

PAUSE_SECONDS = 5.0
LONGEST_WAIT = 300.0
log = structlog.get_logger("shoplytics.mails")


class Line:
    """Whether a server answered lately. After it did not, one letter at a time tries, after a pause.

    Without it a server that hangs would hold every slot of the worker, and events would wait with the mails.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._down = False
        self._trying = 0
        self._until = 0.0

    def wait(self) -> float:
        """Seconds until the next letter may try; 0 for now."""
        if not self._down:
            return 0.0
        return max(self._until - self._monotonic(), 1.0 if self._trying else 0.0)

    def begin(self) -> None:
        self._trying += 1

    def end(self, *, down: bool) -> None:
        self._trying -= 1
        self._down = down
        if down:
            self._until = self._monotonic() + PAUSE_SECONDS


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`after` is the wait before the next attempt."""

    status: MailStatus
    tried: bool = True
    error: str | None = None
    after: timedelta = timedelta(0)


class DeliveryTask:
    """One letter; its id is the row's. No transaction is open while a server is spoken to."""

    def __init__(self, infra: Infra, queue: Queue) -> None:
        self._infra = infra
        self._queue = queue
        self._log = PgMailLog(infra.database, vault=infra.vault)
        self._lines = {channel: Line() for channel in Channel}

    async def run(self, row: Row) -> None:
        mail = await self._log.waiting(row.id)
        outcome = None if mail is None else await self._try(mail, self._infra.clock())
        async with self._infra.database.work(DbRole.SYSTEM) as work:
            if outcome is not None and outcome.status is MailStatus.WAITING:
                await self._queue.postpone(work, row, after=outcome.after)
            else:
                await self._queue.done(work, row)
            if outcome is not None:
                now = self._infra.clock()
                handed_over = outcome.status in {MailStatus.SENT, MailStatus.KEPT}
                await self._log.settle(
                    work,
                    row.id,
                    outcome.status,
                    tried=outcome.tried,
                    sent_at=now if handed_over else None,
                    error=outcome.error,
                )
            await work.commit()
        if outcome is not None:
            log.info("mail", mail=str(row.id), status=outcome.status, error=outcome.error)

    async def worn_out(self, row: Row) -> None:
        """A mistake of ours stopped it at every attempt."""
        async with self._infra.database.work(DbRole.SYSTEM) as work:
            await self._log.settle(work, row.id, MailStatus.FAILED, error="It could not be handled.")
            await work.commit()

    async def _try(self, mail: WaitingMail, now: datetime) -> Outcome:
        if mail.expires_at <= now:
            return Outcome(status=MailStatus.EXPIRED, tried=False, error="It was too old to be of use.")
        line = self._lines[mail.channel]
        wait = line.wait()
        if wait:
            after = timedelta(seconds=wait + random.random() * PAUSE_SECONDS)  # noqa: S311 - spreads
            return Outcome(status=MailStatus.WAITING, tried=False, after=after)
        line.begin()
        down = False
        try:
            return Outcome(status=await self._send(mail))
        except Unavailable as problem:
            down = True
            return Outcome(status=MailStatus.WAITING, error=str(problem), after=_back_off(mail.attempts))
        except (Invalid, Unsealable) as refused:
            return Outcome(status=MailStatus.FAILED, error=str(refused))
        finally:
            line.end(down=down)

    async def _send(self, mail: WaitingMail) -> MailStatus:
        body, senders = self._log.words(mail), self._infra.senders
        if mail.channel is Channel.SMS:
            text = TextMessage(id=str(mail.id), to=mail.recipient, text=body.text)
            await senders.sms.send(text)
            name = senders.sms.name
        else:
            message = MailMessage(
                id=str(mail.id), to=mail.recipient, subject=body.subject, text=body.text, html=body.html
            )
            await senders.mailer.send(message)
            name = senders.mailer.name
        return MailStatus.KEPT if name == MAILBOX else MailStatus.SENT


def _back_off(attempts: int) -> timedelta:
    """2 s, 4 s ... 5 min, more or less: at once after a short outage, soon after a long one."""
    seconds = min(LONGEST_WAIT, 2.0 ** min(attempts + 1, 20))
    return timedelta(seconds=seconds * (0.5 + random.random()))  # noqa: S311 - spreads what came together
