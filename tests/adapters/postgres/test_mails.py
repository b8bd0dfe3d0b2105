"""Letters in the database: sealed, one for each cause and address, read by the platform alone."""

from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import asyncpg
import pytest
from tests.fakes import KeptAudit

from shoplytics.adapters.postgres.identity import PgReaders
from shoplytics.adapters.postgres.mails import DELIVER, PgMailbox, PgMails, forget_mails
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.actor import SYSTEM
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.letters import Letter
from shoplytics.kernel.preferences import MailKind
from shoplytics.ports.mails import Body, Channel
from shoplytics.ports.vault import Unsealable

ACCOUNT = "insert into identity_user (id, email, preferences) values ($1, $2, $3::jsonb)"
CANARY = "canary-482913"
STORES = (new_id(), new_id())


class Secret(Letter, frozen=True, kw_only=True):
    template: ClassVar[str] = "secret"

    code: str = CANARY


def render(letter: Letter, channel: Channel, locale: str) -> Body:
    assert isinstance(letter, Secret)
    if channel is Channel.SMS:
        return Body(text=f"{letter.code} {locale}")
    return Body(subject=f"Code {letter.code}", text=locale, html=f"<p>{locale}</p>")


def mails(infra: Infra, work: Work) -> PgMails:
    return PgMails(
        work,
        vault=infra.vault,
        render=render,
        bell=infra.bell,
        readers=PgReaders(infra.database),
        clock=infra.clock,
    )


async def write(
    infra: Infra,
    *,
    cause: UUID | None = None,
    to: str = "ada@example.com",
    role: DbRole = DbRole.SYSTEM,
    store_id: UUID | None = None,
    stores: tuple[UUID, ...] = (),
) -> None:
    async with infra.database.work(role, user_id=new_id(), store_ids=stores) as work:
        await mails(infra, work).add(Secret(), to=to, cause=cause or new_id(), locale="fa", store_id=store_id)
        await work.commit()


class News(Secret, frozen=True, kw_only=True):
    kind: ClassVar[MailKind | None] = MailKind.REPORTS


async def rows(infra: Infra, table: str = "platform_mail") -> list[asyncpg.Record]:
    pool = infra.database.pool(DbRole.SYSTEM)
    return await pool.fetch(f"select * from {table} order by id")


class TestAdd:
    async def test_writes_the_letter_and_its_delivery(self, infra: Infra) -> None:
        await write(infra)
        [mail], [task] = await rows(infra), await rows(infra, "platform_outbox")
        assert (mail["recipient"], mail["channel"], mail["status"]) == ("ada@example.com", "mail", "waiting")
        assert mail["expires_at"] - mail["created_at"] == timedelta(days=3)
        assert (task["id"], task["task"]) == (mail["id"], DELIVER)

    async def test_writes_to_an_account_what_it_wants_and_as_it_reads(self, infra: Infra) -> None:
        """In any role: the store's own could not see the account."""
        pool = infra.database.pool(DbRole.SYSTEM)
        for name, wishes in (
            ("ada", '{"locale": "fa", "mails": {"reports": false}}'),
            ("bob", '{"locale": "de", "mails": {"low_stock": false, "gone": true}}'),
        ):
            await pool.execute(ACCOUNT, new_id(), f"{name}@example.com", wishes)
        async with infra.database.work(DbRole.STORE, user_id=new_id(), store_ids=STORES) as work:
            for letter in (News(), Secret()):
                for to in ("ada@example.com", "Bob@Example.com", "nobody@example.com"):
                    await mails(infra, work).add(letter, to=to, cause=new_id(), store_id=STORES[0])
            await work.commit()
        written = [(row["recipient"], row["locale"]) for row in await rows(infra)]
        ada, bob, nobody = (
            ("ada@example.com", "fa"),
            ("Bob@Example.com", "de"),
            ("nobody@example.com", "en"),
        )
        assert written == [bob, nobody, ada, bob, nobody]

    async def test_seals_what_it_says(self, infra: Infra) -> None:
        await write(infra)
        await write(infra, to="+447700900001")
        for table in ("platform_mail", "platform_outbox"):
            for row in await rows(infra, table):
                values = [
                    value if isinstance(value, bytes) else str(value).encode() for value in row.values()
                ]
                assert not any(CANARY.encode() in value for value in values)

    async def test_goes_by_mail_wherever_there_is_an_at_sign(self, infra: Infra) -> None:
        """An address may well begin with a plus."""
        await write(infra, to="+ada@example.com")
        await write(infra, to="+447700900001")
        assert [mail["channel"] for mail in await rows(infra)] == ["mail", "sms"]

    async def test_writes_one_letter_for_one_cause_and_address(self, infra: Infra) -> None:
        cause = new_id()
        for to in ("ada@example.com", "ada@example.com", "+447700900001"):
            await write(infra, cause=cause, to=to)
        await write(infra)
        assert len(await rows(infra)) == 3
        assert len(await rows(infra, "platform_outbox")) == 3

    async def test_leaves_nothing_without_a_commit(self, infra: Infra) -> None:
        async with infra.database.work(DbRole.SYSTEM) as work:
            await mails(infra, work).add(Secret(), to="ada@example.com", cause=new_id())
        assert await rows(infra) == []
        assert await rows(infra, "platform_outbox") == []

    async def test_may_be_asked_by_users_and_members(self, infra: Infra) -> None:
        cause = new_id()
        for _ in range(2):
            await write(infra, cause=cause, role=DbRole.USER)
        await write(infra, role=DbRole.STORE, store_id=STORES[0], stores=STORES[:1])
        assert len(await rows(infra)) == 2

    async def test_is_refused_in_another_store(self, infra: Infra) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await write(infra, role=DbRole.STORE, store_id=STORES[1], stores=STORES[:1])


class TestMailbox:
    async def test_lists_the_newest_first_page_by_page(self, infra: Infra) -> None:
        for number in range(3):
            await write(infra, to=f"user-{number}@example.com")
        async with infra.database.work(DbRole.PLATFORM) as work:
            box = PgMailbox(work, vault=infra.vault, audit=KeptAudit())
            first = await box.page(actor=SYSTEM, cursor=None, limit=2)
            rest = await box.page(actor=SYSTEM, cursor=first.next_cursor, limit=2)
        assert rest.next_cursor is None
        assert [mail.to for mail in [*first.items, *rest.items]] == [
            f"user-{n}@example.com" for n in (2, 1, 0)
        ]
        assert first.items[0].subject == f"Code {CANARY}"

    async def test_shows_the_words_of_one(self, infra: Infra) -> None:
        await write(infra)
        await write(infra, to="+447700900001")
        async with infra.database.work(DbRole.PLATFORM) as work:
            box = PgMailbox(work, vault=infra.vault, audit=KeptAudit())
            sms, mail = [
                await box.one(row.id, actor=SYSTEM)
                for row in (await box.page(actor=SYSTEM, cursor=None, limit=2)).items
            ]
            with pytest.raises(NotFound):
                await box.one(new_id(), actor=SYSTEM)
        assert (mail.subject, mail.text, mail.html) == (f"Code {CANARY}", "fa", "<p>fa</p>")
        assert (sms.subject, sms.text, sms.html) == (f"{CANARY} fa", f"{CANARY} fa", None)

    @pytest.mark.parametrize("role", [DbRole.PUBLIC, DbRole.USER, DbRole.STORE])
    async def test_is_for_the_platform_alone(self, infra: Infra, role: DbRole) -> None:
        await write(infra)
        async with infra.database.work(role, user_id=new_id(), store_ids=STORES) as work:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await PgMailbox(work, vault=infra.vault, audit=KeptAudit()).page(
                    actor=SYSTEM, cursor=None, limit=1
                )

    async def test_opens_no_letter_moved_to_another_row(self, infra: Infra) -> None:
        await write(infra)
        await write(infra)
        pool = infra.database.pool(DbRole.SYSTEM)
        await pool.execute(
            "update platform_mail set body = (select body from platform_mail order by id limit 1)"
        )
        async with infra.database.work(DbRole.PLATFORM) as work:
            with pytest.raises(Unsealable):
                await PgMailbox(work, vault=infra.vault, audit=KeptAudit()).page(
                    actor=SYSTEM, cursor=None, limit=1
                )


class TestForgetMails:
    async def test_takes_words_after_a_week_and_rows_after_a_month(self, infra: Infra) -> None:
        for days in (6, 8, 31):
            await write(infra, to=f"{days}@example.com")
            pool = infra.database.pool(DbRole.SYSTEM)
            await pool.execute(
                "update platform_mail set status = 'kept', created_at = now() - $1 * interval '1 day'"
                " where recipient = $2",
                float(days),
                f"{days}@example.com",
            )
        await write(infra, to="waiting@example.com")
        async with infra.database.work(DbRole.SYSTEM) as work:
            await forget_mails(work, now=utc_now())
            await work.commit()
        left = {row["recipient"]: row["body"] is not None for row in await rows(infra)}
        assert left == {"6@example.com": True, "8@example.com": False, "waiting@example.com": True}
