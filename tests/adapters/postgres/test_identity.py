"""Users, sessions and guesses in a real database, under its walls."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace

from shoplytics.adapters.postgres.identity import (
    PgAccounts,
    PgCleaner,
    PgCodes,
    PgCodeTries,
    PgGuesses,
    PgKnownNetworks,
    PgLiveSessions,
    PgNetworks,
    PgOneTimeTokens,
    PgOwnSessions,
    PgUsers,
)
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.errors import NotFound, Stale
from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain.codes import Purpose
from shoplytics.modules.identity.domain.errors import TooManyGuesses, UsernameTaken
from shoplytics.modules.identity.domain.identifiers import IdentifierKind
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import KeptCode, NewSession, NewToken, Rotation, UsedToken

MONTH = timedelta(days=30)
PHONE = "+442079460958"
CODE = KeptCode(
    id=new_id(),
    purpose=Purpose.LOGIN,
    target="ada@example.com",
    user_id=None,
    code_hash=b"c" * 32,
    created_at=utc_now(),
    expires_at=utc_now() + timedelta(minutes=5),
)


def user(email: str = "ada@example.com", **fields: str) -> User:
    return User(email=email, created_at=utc_now(), password_hash="h", **fields)  # type: ignore[arg-type]


async def kept(infra: Infra, *users: User) -> None:
    async with infra.database.work(DbRole.SYSTEM) as work:
        for one in users:
            assert await PgUsers(work).add(one)
        await work.commit()


async def signed_in(infra: Infra, owner: User, refresh_hash: bytes = b"0" * 32) -> UUID:
    now = utc_now()
    session = NewSession(
        id=new_id(),
        user_id=owner.id,
        epoch=owner.token_epoch,
        user_agent="test",
        network=b"n" * 32,
        refresh_hash=refresh_hash,
        created_at=now,
        refresh_until=now + MONTH,
        expires_at=now + MONTH,
    )
    await PgLiveSessions(infra.database).open(session)
    return session.id


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


class TestOneTimeTokens:
    async def test_are_good_for_one_of_parallel_uses(self, infra: Infra) -> None:
        now = utc_now()
        async with infra.database.work(DbRole.SYSTEM) as work:
            await PgOneTimeTokens(work).replace(
                purpose="setup", user_id=None, token_hash=b"0" * 32, now=now, expires_at=now + MONTH
            )
            await work.commit()

        async def use(purpose: str) -> bool:
            async with infra.database.work(DbRole.SYSTEM) as work:
                used = await PgOneTimeTokens(work).use(purpose=purpose, token_hash=b"0" * 32, now=now)
                await work.commit()
                return used is not None

        assert not await use("reset_password")
        assert sorted(await asyncio.gather(*(use("setup") for _ in range(5)))) == [False] * 4 + [True]

    async def test_are_one_for_each_event(self, infra: Infra) -> None:
        await kept(infra, ada := user())
        now = utc_now()
        token = NewToken(
            purpose="verify_email",
            user_id=ada.id,
            email=ada.email,
            token_hash=b"1" * 32,
            cause=new_id(),
            created_at=now,
            expires_at=now + MONTH,
        )
        async with infra.database.work(DbRole.SYSTEM) as work:
            tokens = PgOneTimeTokens(work)
            assert await tokens.add(token)
            assert not await tokens.add(replace(token, token_hash=b"2" * 32))
            used = await tokens.use(purpose="verify_email", token_hash=b"1" * 32, now=now)
            assert used == UsedToken(ada.id, ada.email)

    @pytest.mark.parametrize("role", [DbRole.USER, DbRole.SYSTEM])
    async def test_are_void_for_their_own_user_only(self, infra: Infra, role: DbRole) -> None:
        await kept(infra, ada := user(), bob := user("bob@example.com"))
        now = utc_now()
        async with infra.database.work(DbRole.SYSTEM) as work:
            for number, one in enumerate((ada, bob)):
                token = NewToken(
                    purpose="reset_password",
                    user_id=one.id,
                    email=one.email,
                    token_hash=bytes([number]) * 32,
                    cause=new_id(),
                    created_at=now,
                    expires_at=now + MONTH,
                )
                await PgOneTimeTokens(work).add(token)
                await PgCodes(work).add(replace(CODE, id=one.id, user_id=one.id))
            await work.commit()
        async with infra.database.work(role, user_id=ada.id) as work:
            await PgOneTimeTokens(work).void(user_id=ada.id, now=now)
            await PgCodes(work).void(user_id=ada.id, now=now)
            if role is DbRole.USER:
                await PgOneTimeTokens(work).void(user_id=bob.id, now=now)
                await PgCodes(work).void(user_id=bob.id, now=now)
            await work.commit()
        async with infra.database.work(DbRole.SYSTEM) as work:
            used = [
                await PgOneTimeTokens(work).use(
                    purpose="reset_password", token_hash=bytes([number]) * 32, now=now
                )
                for number in range(2)
            ]
            assert used == [None, UsedToken(bob.id, bob.email)]
            assert not await PgCodes(work).use(challenge_id=ada.id, now=CODE.created_at)
            assert await PgCodes(work).use(challenge_id=bob.id, now=CODE.created_at)


class TestCodes:
    async def test_bear_so_many_parallel_tries(self, infra: Infra) -> None:
        async with infra.database.work(DbRole.SYSTEM) as work:
            assert await PgCodes(work).add(CODE)
            assert not await PgCodes(work).add(CODE)
            await work.commit()
        tries, now = PgCodeTries(infra.database), CODE.created_at
        tried = [tries.take(challenge_id=CODE.id, limit=5, now=now) for _ in range(32)]
        assert [kept for kept in await asyncio.gather(*tried) if kept is not None] == [CODE] * 5

    async def test_are_good_for_one_of_parallel_uses(self, infra: Infra) -> None:
        async with infra.database.work(DbRole.SYSTEM) as work:
            await PgCodes(work).add(CODE)
            await work.commit()

        async def use() -> bool:
            async with infra.database.work(DbRole.SYSTEM) as work:
                won = await PgCodes(work).use(challenge_id=CODE.id, now=CODE.created_at)
                await work.commit()
                return won

        assert sum(await asyncio.gather(*(use() for _ in range(8)))) == 1
        tries = PgCodeTries(infra.database)
        assert await tries.take(challenge_id=CODE.id, limit=5, now=CODE.created_at) is None

    async def test_are_over_with_their_time(self, infra: Infra) -> None:
        async with infra.database.work(DbRole.SYSTEM) as work:
            await PgCodes(work).add(CODE)
            assert not await PgCodes(work).use(challenge_id=CODE.id, now=CODE.expires_at)
            await work.commit()
        tries = PgCodeTries(infra.database)
        assert await tries.take(challenge_id=CODE.id, limit=5, now=CODE.expires_at) is None


class TestPhones:
    async def test_belong_to_who_verified_them_last(self, infra: Infra) -> None:
        former, ada = user("eve@example.com", phone=PHONE), user(phone=PHONE)
        former.phone_verified_at = utc_now()
        await kept(infra, former, ada)
        async with infra.database.work(DbRole.SYSTEM) as work:
            users = PgUsers(work)
            assert {one.id for one in await users.by_phone(PHONE)} == {former.id, ada.id}
            await users.release_phone(PHONE, to=ada.id)
            ada.verify_phone(utc_now())
            await users.save(ada)
            await work.commit()
        found = await PgAccounts(infra.database).find(IdentifierKind.PHONE, PHONE)
        assert found is not None
        assert found.user_id == ada.id


class TestKnownNetworks:
    async def test_are_those_of_a_sign_in_lately(self, infra: Infra) -> None:
        await kept(infra, ada := user())
        await signed_in(infra, ada)
        networks, now = PgKnownNetworks(infra.database), utc_now()
        assert await networks.knows(user_id=ada.id, network=b"n" * 32, since=now - MONTH)
        assert not await networks.knows(user_id=ada.id, network=b"o" * 32, since=now - MONTH)
        assert not await networks.knows(user_id=new_id(), network=b"n" * 32, since=now - MONTH)
        assert not await networks.knows(user_id=ada.id, network=b"n" * 32, since=now + MONTH)


class TestCleaner:
    async def test_forgets_only_what_ended(self, infra: Infra) -> None:
        await kept(infra, ada := user())
        ended, lives = await signed_in(infra, ada, b"1" * 32), await signed_in(infra, ada, b"2" * 32)
        now = utc_now()
        await PgLiveSessions(infra.database).end(session_id=ended, now=now - timedelta(days=8))
        await PgGuesses(infra.database).take(
            purpose="password", subject=b"a", limit=2, now=now - timedelta(days=8)
        )
        await PgGuesses(infra.database).take(purpose="password", subject=b"b", limit=2, now=now)
        async with infra.database.work(DbRole.SYSTEM) as work:
            for number, age in ((1, 8), (2, 6)):
                code = replace(CODE, id=new_id(), created_at=now, expires_at=now - timedelta(days=age))
                assert await PgCodes(work).add(code), number
            networks = PgNetworks(work)
            for network, age in ((b"1" * 32, 31), (b"2" * 32, 29)):
                await networks.remember(user_id=ada.id, network=network, now=now - timedelta(days=age))
            gone = await PgCleaner(work).sweep(
                before=now - timedelta(days=7), unseen_since=now - timedelta(days=30)
            )
            assert gone == 4
            assert await work.raw.fetchval("select count(*) from identity_code") == 1
            known = await work.raw.fetch("select network from identity_network order by network")
            assert [row["network"][:1] for row in known] == [b"2", b"n"]
            rows = await work.raw.fetch("select id from identity_session")
            tokens = await work.raw.fetchval("select count(*) from identity_refresh_token")
        assert ([row["id"] for row in rows], tokens) == ([lives], 1)
