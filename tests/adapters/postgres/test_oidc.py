"""Sign-ins through providers in PostgreSQL."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from shoplytics.adapters.postgres.identity import PgCleaner
from shoplytics.adapters.postgres.identity.oidc import PgLinkedAccounts, PgOidcLinks, PgSignInStates
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain.oidc import InvalidState
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports.oidc import Link, StartedSignIn
from shoplytics.ports.identity import SecurityChanged

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ISSUER = "https://issuer.example"


def started(number: int, *, expires_at: datetime) -> StartedSignIn:
    return StartedSignIn(
        state_hash=bytes([number]) * 32,
        provider="own",
        browser_hash=b"b" * 32,
        secrets=b"sealed",
        created_at=NOW,
        expires_at=expires_at,
    )


async def take(states: PgSignInStates, number: int, *, now: datetime) -> bytes:
    return await states.take(state_hash=bytes([number]) * 32, provider="own", browser_hash=b"b" * 32, now=now)


def somebody(email: str = "ada@example.com") -> User:
    return User(email=email, email_verified_at=NOW, created_at=NOW)


def link_of(user_id: UUID, subject: str = "1") -> Link:
    return Link(
        id=new_id(), user_id=user_id, issuer=ISSUER, subject=subject, created_at=NOW, last_used_at=NOW
    )


class TestStates:
    async def test_are_forgotten_after_their_end(self, infra: Infra) -> None:
        states = PgSignInStates(infra.database)
        await states.start(started(1, expires_at=NOW))
        await states.start(started(2, expires_at=NOW + timedelta(minutes=10)))
        async with infra.database.work(DbRole.SYSTEM) as work:
            moment = NOW + timedelta(minutes=1)
            assert await PgCleaner(work).sweep(before=moment, unseen_since=moment) == 1
            await work.commit()
        with pytest.raises(InvalidState):
            await take(states, 1, now=NOW - timedelta(minutes=1))
        assert await take(states, 2, now=NOW) == b"sealed"

    async def test_are_no_business_of_users(self, infra: Infra) -> None:
        async with infra.database.work(DbRole.USER, user_id=new_id()) as work:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await work.raw.fetch("select * from identity_oidc_state")


class TestLinks:
    async def test_are_made_with_their_account_or_not_at_all(self, infra: Infra) -> None:
        links = PgLinkedAccounts(infra.database, outbox=infra.outbox)
        first, second = somebody(), somebody("grace@example.com")
        await links.make(first, link_of(first.id))
        await links.make(second, link_of(second.id))  # the same subject
        found = await links.find(issuer=ISSUER, subject="1")
        assert found is not None
        assert found.account.user_id == first.id
        again = somebody()  # the same address
        await links.make(again, link_of(again.id, "2"))
        assert await links.find(issuer=ISSUER, subject="2") is None
        async with infra.database.work(DbRole.SYSTEM) as work:
            assert await work.raw.fetchval("select count(*) from identity_user") == 1

    @pytest.mark.parametrize(
        "change", ["email = 'other@example.com'", "email_verified_at = null", "deleted_at = now()"]
    )
    async def test_are_not_made_to_an_account_that_changed_meanwhile(self, infra: Infra, change: str) -> None:
        links, user = PgLinkedAccounts(infra.database, outbox=infra.outbox), somebody()
        await links.make(user, link_of(user.id))
        noted = SecurityChanged(user_id=user.id, what="provider_linked")
        await links.link(link_of(user.id, "2"), email=user.email, noted=noted)
        assert await links.find(issuer=ISSUER, subject="2") is not None
        async with infra.database.work(DbRole.SYSTEM) as work:
            await work.raw.execute(f"update identity_user set {change}")
            await work.commit()
        await links.link(link_of(user.id, "3"), email=user.email, noted=noted)
        assert await links.find(issuer=ISSUER, subject="3") is None
        async with infra.database.work(DbRole.SYSTEM) as work:
            told = await work.raw.fetch(
                "select id from platform_outbox where event_type = $1", SecurityChanged.type
            )
        assert len(told) == 1

    async def test_are_seen_and_removed_by_their_user_only(self, infra: Infra) -> None:
        links, user = PgLinkedAccounts(infra.database, outbox=infra.outbox), somebody()
        link = link_of(user.id)
        await links.make(user, link)
        async with infra.database.work(DbRole.USER, user_id=new_id()) as work:
            assert await PgOidcLinks(work).of_user(user.id) == []
            await PgOidcLinks(work).remove(user_id=user.id, link_id=link.id)
            await work.commit()
        async with infra.database.work(DbRole.USER, user_id=user.id) as work:
            assert await PgOidcLinks(work).of_user(user.id) == [link]
            await PgOidcLinks(work).remove(user_id=user.id, link_id=link.id)
            await work.commit()
        assert await links.by_id(link.id) is None
