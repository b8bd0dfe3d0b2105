"""Tokens, codes and known networks in a real database, under its walls."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.adapters.postgres.people import MONTH, PHONE, kept, signed_in, user

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
    PgUsers,
)
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain.codes import Purpose
from shoplytics.modules.identity.domain.identifiers import IdentifierKind
from shoplytics.modules.identity.ports import KeptCode, NewToken, UsedToken

CODE = KeptCode(
    id=new_id(),
    purpose=Purpose.LOGIN,
    target="ada@example.com",
    user_id=None,
    code_hash=b"c" * 32,
    created_at=utc_now(),
    expires_at=utc_now() + timedelta(minutes=5),
)


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
