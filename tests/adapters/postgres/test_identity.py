"""Users, sessions and guesses in a real database, under its walls."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from tests.adapters.postgres.people import MONTH, kept, signed_in, user

from shoplytics.adapters.postgres.identity import (
    PgAccounts,
    PgGuesses,
    PgLiveSessions,
    PgOwnSessions,
    PgUsers,
)
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.errors import NotFound, Stale
from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain.errors import TooManyGuesses, UsernameTaken
from shoplytics.modules.identity.domain.identifiers import IdentifierKind
from shoplytics.modules.identity.ports import Rotation


def rotation(old: bytes, new: bytes) -> Rotation:
    return Rotation(old_hash=old, new_hash=new, now=utc_now(), refresh_until=utc_now() + MONTH)


class TestUsers:
    async def test_keep_one_account_an_address_in_any_case(self, infra: Infra) -> None:
        await kept(infra, user("ada@example.com"))
        async with infra.database.work(DbRole.SYSTEM) as work:
            assert not await PgUsers(work).add(user("ADA@Example.com"))
            assert await PgUsers(work).by_email("ADA@example.COM") is not None

    async def test_keep_one_account_a_username_in_any_case(self, infra: Infra) -> None:
        await kept(infra, user(username="Ada"), bob := user("bob@example.com", username="Bob"))
        async with infra.database.work(DbRole.SYSTEM) as work:
            with pytest.raises(UsernameTaken):
                await PgUsers(work).add(user("eve@example.com", username="aDA"))
        async with infra.database.work(DbRole.USER, user_id=bob.id) as work:
            bob.username = "ADA"
            with pytest.raises(UsernameTaken):
                await PgUsers(work).save(bob)

    async def test_register_one_of_two_at_once(self, infra: Infra) -> None:
        async def register() -> bool:
            async with infra.database.work(DbRole.SYSTEM) as work:
                added = await PgUsers(work).add(user())
                await work.commit()
                return added

        assert sorted(await asyncio.gather(register(), register())) == [False, True]

    async def test_refuse_to_save_over_a_newer_version(self, infra: Infra) -> None:
        await kept(infra, ada := user())
        ada.version = 7
        async with infra.database.work(DbRole.SYSTEM) as work:
            with pytest.raises(Stale):
                await PgUsers(work).save(ada)

    async def test_find_a_phone_only_by_who_verified_it(self, infra: Infra) -> None:
        squatter = user("first@example.com", phone="+442079460958")
        owner = user("owner@example.com", phone="+442079460958")
        await kept(infra, squatter, owner)
        accounts = PgAccounts(infra.database)
        assert await accounts.find(IdentifierKind.PHONE, "+442079460958") is None
        owner.phone_verified_at = utc_now()
        async with infra.database.work(DbRole.SYSTEM) as work:
            await PgUsers(work).save(owner)
            await work.commit()
        found = await accounts.find(IdentifierKind.PHONE, "+442079460958")
        assert found is not None
        assert found.user_id == owner.id


class TestUserScope:
    async def test_shows_only_oneself(self, infra: Infra) -> None:
        await kept(infra, ada := user(), bob := user("bob@example.com"))
        async with infra.database.work(DbRole.USER, user_id=ada.id) as work:
            assert (await PgUsers(work).get(ada.id)).email == "ada@example.com"
            with pytest.raises(NotFound):
                await PgUsers(work).get(bob.id)
            assert await work.raw.fetchval("select count(*) from identity_user") == 1

    async def test_shows_and_ends_only_own_sessions(self, infra: Infra) -> None:
        await kept(infra, ada := user(), bob := user("bob@example.com"))
        mine = await signed_in(infra, ada, b"1" * 32)
        other = await signed_in(infra, bob, b"2" * 32)
        async with infra.database.work(DbRole.USER, user_id=ada.id) as work:
            sessions, now = PgOwnSessions(work), utc_now()
            seen = await sessions.of_user(user_id=ada.id, now=now, before=None, limit=10)
            assert [session.id for session in seen] == [mine]
            assert not await sessions.revoke(user_id=bob.id, session_id=other, now=now)
            assert await sessions.revoke(user_id=ada.id, session_id=mine, now=now)

    @pytest.mark.parametrize(
        "statement",
        [
            "update identity_user set platform_admin = true",
            "update identity_user set disabled_at = null",
            "update identity_session set expires_at = 'infinity'",
            "delete from identity_user",
            "select * from identity_refresh_token",
            "select * from identity_guess",
            "select * from identity_token",
            "select token_hash from identity_token",
            "update identity_token set purpose = 'setup'",
            "select code_hash from identity_code",
            "update identity_code set tries = 0",
            "select * from identity_network",
        ],
    )
    @pytest.mark.parametrize("role", [DbRole.USER, DbRole.STORE, DbRole.PUBLIC])
    async def test_never_reaches_credentials(self, infra: Infra, statement: str, role: DbRole) -> None:
        await kept(infra, ada := user())
        async with infra.database.work(role, user_id=ada.id) as work:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await work.raw.execute(statement)

    @pytest.mark.parametrize(
        "change", ["password_hash = 'x'", "token_epoch = 9", "email = 'eve@example.com'"]
    )
    async def test_changes_only_own_credentials(self, infra: Infra, change: str) -> None:
        await kept(infra, ada := user(), bob := user("bob@example.com"))
        async with infra.database.work(DbRole.USER, user_id=ada.id) as work:
            changed = await work.raw.execute(f"update identity_user set {change} where id = $1", bob.id)
            assert changed == "UPDATE 0"
            changed = await work.raw.execute(f"update identity_user set {change}")
            assert changed == "UPDATE 1"
        for role in (DbRole.STORE, DbRole.PUBLIC):
            async with infra.database.work(role, user_id=ada.id) as work:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await work.raw.execute(f"update identity_user set {change}")


class TestSessions:
    async def test_live_until_they_end(self, infra: Infra) -> None:
        await kept(infra, ada := user())
        live, now = PgLiveSessions(infra.database), utc_now()
        session = await signed_in(infra, ada)
        assert await live.live(user_id=ada.id, session_id=session, now=now) is False
        assert await live.live(user_id=new_id(), session_id=session, now=now) is None
        assert await live.live(user_id=ada.id, session_id=session, now=now + MONTH * 2) is None
        await live.end(session_id=session, now=now)
        assert await live.live(user_id=ada.id, session_id=session, now=now) is None
        assert await live.rotate(rotation(b"0" * 32, b"1" * 32)) is None

    @pytest.mark.parametrize(
        "change", ["token_epoch = 1", "disabled_at = now()", "deleted_at = now()"], ids=lambda c: c.split()[0]
    )
    async def test_end_with_their_user(self, infra: Infra, owner_url: str, change: str) -> None:
        await kept(infra, ada := user())
        live = PgLiveSessions(infra.database)
        session = await signed_in(infra, ada)
        owner = await asyncpg.connect(owner_url)
        await owner.execute(f"update identity_user set {change}")
        await owner.close()
        assert await live.live(user_id=ada.id, session_id=session, now=utc_now()) is None
        assert await live.rotate(rotation(b"0" * 32, b"1" * 32)) is None

    async def test_let_one_of_parallel_refreshes_win(self, infra: Infra) -> None:
        await kept(infra, ada := user())
        await signed_in(infra, ada)
        live = PgLiveSessions(infra.database)
        tried = [live.rotate(rotation(b"0" * 32, bytes([n]) * 32)) for n in range(1, 33)]
        won = [result for result in await asyncio.gather(*tried) if result is not None]
        assert len(won) == 1

    async def test_end_when_a_token_is_used_twice(self, infra: Infra) -> None:
        await kept(infra, ada := user())
        session = await signed_in(infra, ada)
        live = PgLiveSessions(infra.database)
        assert await live.rotate(rotation(b"0" * 32, b"1" * 32)) == (ada.id, session)
        assert await live.rotate(rotation(b"0" * 32, b"2" * 32)) is None
        assert await live.rotate(rotation(b"1" * 32, b"3" * 32)) is None
        assert await live.live(user_id=ada.id, session_id=session, now=utc_now()) is None

    async def test_end_alone(self, infra: Infra) -> None:
        await kept(infra, ada := user())
        gone, stays = await signed_in(infra, ada, b"1" * 32), await signed_in(infra, ada, b"2" * 32)
        live, now = PgLiveSessions(infra.database), utc_now()
        await live.end(session_id=gone, now=now)
        assert await live.live(user_id=ada.id, session_id=stays, now=now) is False


class TestGuesses:
    async def test_let_ten_of_thirty_two_at_once_through(self, infra: Infra) -> None:
        guesses, now = PgGuesses(infra.database), utc_now()
        tried = [guesses.take(purpose="password", subject=b"a", limit=10, now=now) for _ in range(32)]
        results = await asyncio.gather(*tried, return_exceptions=True)
        assert results.count(None) == 10
        refused = [result for result in results if isinstance(result, TooManyGuesses)]
        assert {error.retry_after for error in refused} == {3600}

    async def test_slide_with_the_hour(self, infra: Infra) -> None:
        guesses, start = PgGuesses(infra.database), utc_now()
        for minutes in (0, 30):
            await guesses.take(
                purpose="password", subject=b"a", limit=2, now=start + timedelta(minutes=minutes)
            )
        with pytest.raises(TooManyGuesses) as refused:
            await guesses.take(purpose="password", subject=b"a", limit=2, now=start + timedelta(minutes=45))
        assert refused.value.retry_after == 15 * 60
        await guesses.take(purpose="password", subject=b"a", limit=2, now=start + timedelta(minutes=61))
        with pytest.raises(TooManyGuesses):
            await guesses.take(purpose="password", subject=b"a", limit=2, now=start + timedelta(minutes=62))

    async def test_give_back_one_right_guess(self, infra: Infra) -> None:
        guesses, now = PgGuesses(infra.database), utc_now()
        for _ in range(2):
            await guesses.take(purpose="password", subject=b"a", limit=2, now=now)
        await guesses.give_back(purpose="password", subject=b"a", now=now)
        await guesses.take(purpose="password", subject=b"a", limit=2, now=now)
        with pytest.raises(TooManyGuesses):
            await guesses.take(purpose="password", subject=b"a", limit=2, now=now)

    async def test_count_each_purpose_and_subject_apart(self, infra: Infra) -> None:
        guesses, now = PgGuesses(infra.database), utc_now()
        for purpose, subject in (("password", b"a"), ("password", b"b"), ("code", b"a")):
            await guesses.take(purpose=purpose, subject=subject, limit=1, now=now)
