"""Letters on their way out, to a real mail server that comes, goes, hangs and refuses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import msgspec
import pytest
from tests.drain import drain
from tests.fakes import Clock, KeptAudit
from tests.smtp_server import free_port, smtp_server, taken
from tests.workers import until, working

from shoplytics.adapters.postgres.mails import PgMailbox
from shoplytics.bootstrap import Infra, open_infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.actor import SYSTEM
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain.letters import AddressTaken
from shoplytics.settings import Settings
from shoplytics.worker.delivery import Line
from shoplytics.worker.tasks import PURGE, bind, queue_for

LETTER = AddressTaken(name="Ada", when=utc_now(), link="https://shop.example/reset")
SUBJECT = "You already have an account at Shoplytics"


async def write(infra: Infra, *to: str, expires_at: datetime | None = None) -> None:
    async with infra.database.work(DbRole.SYSTEM) as work:
        for address in to:
            await infra.mails(work).add(LETTER, to=address, cause=new_id(), expires_at=expires_at)
        await work.commit()


async def mail(infra: Infra) -> asyncpg.Record:
    pool = infra.database.pool(DbRole.SYSTEM)
    row = await pool.fetchrow("select * from platform_mail")
    assert row is not None
    return row


async def hurry(infra: Infra) -> None:
    """Every waiting row is due."""
    pool = infra.database.pool(DbRole.SYSTEM)
    await pool.execute("update platform_outbox set due_at = now() where done_at is null")


@dataclass
class Post:
    infra: Infra
    port: int
    folder: Path


@pytest.fixture
async def post(settings: Settings, tmp_path: Path) -> AsyncIterator[Post]:
    """A process whose mail server is not there yet."""
    port = free_port()
    async with posting(settings, f"smtp://127.0.0.1:{port}") as infra:
        yield Post(infra, port, tmp_path / "taken")


@asynccontextmanager
async def posting(settings: Settings, url: str) -> AsyncIterator[Infra]:
    chosen = msgspec.structs.replace(settings, mail_url=url, mail_from="Shop <shop@example.com>")
    async with open_infra(chosen) as infra:
        yield infra


class TestDelivery:
    async def test_keeps_letters_where_no_server_is_set(self, infra: Infra) -> None:
        await write(infra, "ada@example.com")
        assert await drain(infra) == 1
        kept = await mail(infra)
        assert (kept["status"], kept["attempts"]) == ("kept", 1)
        assert kept["sent_at"] is not None
        async with infra.database.work(DbRole.PLATFORM) as work:
            found = await PgMailbox(work, vault=infra.vault, audit=KeptAudit()).one(kept["id"], actor=SYSTEM)
        assert found.subject == SUBJECT

    async def test_sends_once_and_keeps_no_words(self, post: Post) -> None:
        await write(post.infra, "ada@example.com")
        with smtp_server(post.port, post.folder):
            await drain(post.infra)
            await drain(post.infra)
        [message] = taken(post.folder)
        assert message["Subject"] == SUBJECT
        assert message["To"] == "ada@example.com"
        assert message["From"] == "Shop <shop@example.com>"
        sent = await mail(post.infra)
        assert (sent["status"], sent["body"]) == ("sent", None)

    async def test_arrives_once_when_the_server_is_back(self, post: Post) -> None:
        await write(post.infra, "ada@example.com")
        for _ in range(2):
            await hurry(post.infra)
            await drain(post.infra)
        waiting = await mail(post.infra)
        assert (waiting["status"], waiting["attempts"]) == ("waiting", 2)
        assert "mail server" in waiting["last_error"]
        with smtp_server(post.port, post.folder):
            await hurry(post.infra)
            await drain(post.infra)
        [message] = taken(post.folder)
        assert message["Message-ID"] == f"<{waiting['id']}@example.com>"
        sent = await mail(post.infra)
        assert (sent["status"], sent["last_error"]) == ("sent", None)

    async def test_outlives_more_attempts_than_an_event_has(self, post: Post) -> None:
        await write(post.infra, "ada@example.com")
        for _ in range(15):
            await hurry(post.infra)
            await drain(post.infra)
        assert (await mail(post.infra))["attempts"] == 15
        with smtp_server(post.port, post.folder):
            await hurry(post.infra)
            await drain(post.infra)
        assert len(taken(post.folder)) == 1

    async def test_arrives_by_itself_through_a_worker(self, post: Post) -> None:
        await write(post.infra, "ada@example.com", "bob@example.com")

        async def tried() -> bool:
            pool = post.infra.database.pool(DbRole.SYSTEM)
            return bool(await pool.fetchval("select max(attempts) from platform_mail"))

        async def arrived() -> bool:
            return len(taken(post.folder)) >= 2

        async with working(post.infra.settings):
            await until(tried)
            with smtp_server(post.port, post.folder):
                await until(arrived)
        assert sorted(str(message["To"]) for message in taken(post.folder)) == [
            "ada@example.com",
            "bob@example.com",
        ]

    async def test_has_one_message_id_when_it_must_be_sent_again(self, post: Post) -> None:
        """The server took it, and the worker died before it could write that down."""
        await write(post.infra, "ada@example.com")
        pool = post.infra.database.pool(DbRole.SYSTEM)
        with smtp_server(post.port, post.folder):
            await drain(post.infra)
            first = await mail(post.infra)
            body = post.infra.vault.seal(
                b'{"subject": "s", "text": "t", "html": "h"}', context=f"platform_mail:body:{first['id']}"
            )
            await pool.execute("update platform_mail set status = 'waiting', body = $1", body)
            await pool.execute("update platform_outbox set done_at = null, lease = null, due_at = now()")
            await drain(post.infra)
        ids = {message["Message-ID"] for message in taken(post.folder)}
        assert ids == {f"<{first['id']}@example.com>"}
        assert len(taken(post.folder)) == 2

    async def test_gives_up_an_address_the_server_refuses(self, post: Post) -> None:
        await write(post.infra, "no-body@example.com")
        with smtp_server(post.port, post.folder):
            await drain(post.infra)
        failed = await mail(post.infra)
        assert (failed["status"], failed["body"]) == ("failed", None)
        assert "550 5.1.1 There is nobody of that name" in failed["last_error"]

    async def test_tries_again_what_the_server_puts_off(self, post: Post) -> None:
        await write(post.infra, "later-on@example.com")
        with smtp_server(post.port, post.folder):
            await drain(post.infra)
        waiting = await mail(post.infra)
        assert waiting["status"] == "waiting"
        assert "451" in waiting["last_error"]

    async def test_drops_what_is_too_old(self, post: Post) -> None:
        await write(post.infra, "ada@example.com", expires_at=utc_now() + timedelta(minutes=5))
        await drain(post.infra)
        later = replace(post.infra, clock=Clock(utc_now() + timedelta(minutes=6)))
        with smtp_server(post.port, post.folder):
            await hurry(post.infra)
            await drain(later)
        assert taken(post.folder) == []
        dropped = await mail(post.infra)
        assert (dropped["status"], dropped["body"]) == ("expired", None)

    async def test_of_text_messages_goes_another_way(self, post: Post) -> None:
        pool = post.infra.database.pool(DbRole.SYSTEM)
        await write(post.infra, "ada@example.com")
        await pool.execute("update platform_mail set channel = 'sms', recipient = '+447700900001'")
        await drain(post.infra)
        assert (await mail(post.infra))["status"] == "kept"

    async def test_lets_the_others_wait_while_a_server_is_down(self, post: Post) -> None:
        await write(post.infra, *(f"user-{n}@example.com" for n in range(5)))
        await drain(post.infra)
        pool = post.infra.database.pool(DbRole.SYSTEM)
        assert await pool.fetchval("select sum(attempts) from platform_mail") == 1
        assert await pool.fetchval("select count(*) from platform_mail where status = 'waiting'") == 5

    async def test_fails_a_letter_nobody_can_open(self, infra: Infra) -> None:
        await write(infra, "ada@example.com")
        pool = infra.database.pool(DbRole.SYSTEM)
        await pool.execute("update platform_mail set body = 'x'")
        await drain(infra)
        assert (await mail(infra))["status"] == "failed"

    async def test_leaves_the_mailbox_after_a_week(self, infra: Infra) -> None:
        await write(infra, "ada@example.com")
        await drain(infra)
        queue = queue_for(infra, [])
        later = replace(infra, clock=Clock(utc_now() + timedelta(days=8)))
        await queue.add(new_id(), PURGE, "{}")
        [row] = await queue.claim(1, jobs=0)
        await bind(later, queue, [])[PURGE].run(row)
        assert (await mail(infra))["body"] is None


class TestLine:
    def test_is_open_until_it_breaks(self) -> None:
        line = Line(Clock().seconds)
        line.begin()
        line.end(down=False)
        assert line.wait() == 0

    def test_lets_one_try_after_a_pause(self) -> None:
        clock = Clock()
        line = Line(clock.seconds)
        line.begin()
        line.end(down=True)
        assert line.wait() == 5
        clock.pass_(seconds=5)
        assert line.wait() == 0
        line.begin()
        assert line.wait() == 1
        line.end(down=False)
        assert line.wait() == 0
