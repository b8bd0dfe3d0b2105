"""I15: with the mail server away or hanging no request waits, and each mail arrives once when it is back."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import asyncpg
import httpx
import msgspec
import pytest

from shoplytics.adapters.mail.smtp import ANSWER_SECONDS, SmtpConfig, SmtpMailer
from shoplytics.api import Api
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.ids import new_id
from shoplytics.settings import Settings
from tests.apps import client_of, serving
from tests.drain import drain
from tests.fakes import Clock
from tests.proofs.proof import FULL, Mutant, account, size
from tests.smtp_server import free_port, smtp_server, taken

ACCOUNT = "insert into identity_user (id, email) values ($1, $2)"
LETTERS = "select id, recipient, status, attempts, template from platform_mail order by id"
HURRY = "update platform_outbox set due_at = now() where done_at is null"
TWICE = """
    update platform_outbox set done_at = null, lease = null, due_at = now() where task like 'identity.%'
"""
PATIENCE = ANSWER_SECONDS if FULL else 0.3
CODE = "code@example.com"


@dataclass
class House:
    """A deployment whose mail server is to listen at `port`, and people who ask it for letters."""

    app: Api
    client: httpx.AsyncClient
    port: int
    folder: Path
    slowest: float = 0.0

    @property
    def infra(self) -> Infra:
        return self.app.parts.infra

    async def execute(self, statement: str, *values: object) -> list[asyncpg.Record]:
        pool = self.infra.database.pool(DbRole.SYSTEM)
        found: list[asyncpg.Record] = await pool.fetch(statement, *values)
        return found

    async def people(self, count: int, where: str) -> list[str]:
        emails = [f"user-{number}@{where}.example" for number in range(count)]
        for email in (*emails, CODE) if where == "away" else emails:
            await self.execute(ACCOUNT, new_id(), email)
        return emails

    async def ask(self, path: str, form: dict[str, str]) -> None:
        started = perf_counter()
        answer = await self.client.post(f"/api/v1/auth/{path}", json=form)
        self.slowest = max(self.slowest, perf_counter() - started)
        assert answer.status_code == 202, answer.text

    async def work(self, *, minutes: int = 0) -> None:
        """Everything is due; the worker's clock may be ahead."""
        await self.execute(HURRY)
        await drain(replace(self.infra, clock=Clock(utc_now() + timedelta(minutes=minutes))))


@pytest.fixture
async def house(settings: Settings, tmp_path: Path) -> AsyncIterator[House]:
    port = free_port()
    url, sender = f"smtp://127.0.0.1:{port}", "shop@example.com"
    async with serving(msgspec.structs.replace(settings, mail_url=url, mail_from=sender)) as app:
        infra = app.parts.infra
        mailer = SmtpMailer(SmtpConfig(url=url, sender=sender), answer_seconds=PATIENCE)
        infra.senders = replace(infra.senders, mailer=mailer)
        async with client_of(app) as client:
            yield House(app, client, port, tmp_path / "taken")


class TestMails:
    async def test_wait_for_the_server_and_nobody_for_them(self, house: House) -> None:
        away, hung = [await house.people(size(4, 100), name) for name in ("away", "hung")]
        await house.ask("otp/request", {"purpose": "login", "target": CODE})
        for email in away:
            await house.ask("email/resend", {"email": email})
        await house.work()
        with smtp_server(house.port, house.folder, hang=True):
            worker = asyncio.create_task(house.work())
            for email in hung:
                await house.ask("email/resend", {"email": email})
            await worker
        await house.execute(TWICE)  # every handler once more, as after a crash
        await house.work()
        waiting = await house.execute(LETTERS)
        assert {row["status"] for row in waiting} == {"waiting"}
        assert max(row["attempts"] for row in waiting) > 1
        assert Counter(row["recipient"] for row in waiting) == Counter([*away, *hung, CODE])
        with smtp_server(house.port, house.folder):
            for _ in range(2):  # the second finds nothing left to send
                await house.work(minutes=10)
        await self._arrived(house, waiting)

    async def _arrived(self, house: House, waiting: list[asyncpg.Record]) -> None:
        """Once each, under the Message-ID of their row; the code of ten minutes ago does not."""
        expected = {f"<{row['id']}@example.com>": row["recipient"] for row in waiting}
        code = next(name for name, to in expected.items() if to == CODE)
        came = taken(house.folder)
        assert Counter(str(message["Message-ID"]) for message in came) == Counter(expected.keys() - {code})
        assert all(expected[str(message["Message-ID"])] == message["To"] for message in came)
        ended = Counter(row["status"] for row in await house.execute(LETTERS))
        assert ended == {"sent": len(came), "expired": 1}
        if FULL:
            assert house.slowest < PATIENCE
        account("I15", letters=len(came), slowest_request_ms=round(house.slowest * 1000, 1))


DELIVERY = "src/shoplytics/worker/delivery.py"
PROOF = "test_i15_mails.py::TestMails::test_wait_for_the_server_and_nobody_for_them"
MUTANTS = [
    Mutant(
        promise="I15",
        says="a letter that no server took is given up",
        file=DELIVERY,
        old="Outcome(status=MailStatus.WAITING, error=str(problem), after=_back_off(mail.attempts))",
        new="Outcome(status=MailStatus.FAILED, error=str(problem))",
        test=PROOF,
    ),
    Mutant(
        promise="I15",
        says="a code is sent when it is of no use any more",
        file=DELIVERY,
        old="        if mail.expires_at <= now:",
        new="        if mail.expires_at <= now - timedelta(days=1):",
        test=PROOF,
    ),
    Mutant(
        promise="I15",
        says="a mail has another Message-ID than its letter",
        file="src/shoplytics/adapters/mail/mime.py",
        old='        mime["Message-ID"] = f"<{message.id}@{sender.domain}>"',
        new='        mime["Message-ID"] = f"<{now.timestamp()}@{sender.domain}>"',
        test=PROOF,
    ),
]
