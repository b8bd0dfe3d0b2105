"""Signing in, staying signed in, and being thrown out."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest

from shoplytics.kernel.errors import ShopError, Unauthenticated, Unavailable
from shoplytics.modules.identity.domain.errors import (
    AccountDisabled,
    EmailNotVerified,
    InvalidCredentials,
    InvalidToken,
    SecondFactorNeeded,
    TooManyGuesses,
    WrongSecondFactor,
)
from shoplytics.modules.identity.domain.users import User
from tests.modules.identity.house import RIGHT, House


@dataclass
class Authenticator:
    """Asks for the code `right`."""

    right: str = "123456"

    async def check(self, *, user_id: UUID, code: str | None, now: datetime) -> None:
        if code is None:
            raise SecondFactorNeeded
        if code != self.right:
            raise WrongSecondFactor


@pytest.fixture
def house() -> House:
    return furnished(House())


def furnished(house: House) -> House:
    house.resident(username="Ada", phone="+442079460958", phone_verified_at=house.clock.now)
    return house


def ada(house: House) -> User:
    return next(iter(house.users.rows.values()))


class TestSignIn:
    @pytest.mark.parametrize("identifier", ["ADA@example.com", " ada ", "+44 20 7946 0958"])
    async def test_takes_any_identifier(self, house: House, identifier: str) -> None:
        pair = await house.enter(identifier)
        caller = await house.sessions.caller(pair.access_token)
        assert caller.user_id == ada(house).id
        assert pair.expires_in == 1800

    async def test_answers_an_unknown_user_like_a_wrong_password(self, house: House) -> None:
        answers: list[tuple[object, ...]] = []
        for identifier in ("ada@example.com", "bob@example.com"):
            before = house.hasher.work
            with pytest.raises(InvalidCredentials) as refused:
                await house.enter(identifier, "wrong")
            error: ShopError = refused.value
            answers.append((type(error), str(error), error.code, error.extra, house.hasher.work - before))
        assert answers[0] == answers[1]

    @pytest.mark.parametrize("identifier", ["ada@example.com", "bob@example.com"])
    async def test_stops_after_ten_wrong_guesses_an_hour(self, house: House, identifier: str) -> None:
        for _ in range(10):
            with pytest.raises(InvalidCredentials):
                await house.enter(identifier, "wrong")
            house.clock.pass_(minutes=1)
        worked = house.hasher.work
        with pytest.raises(TooManyGuesses) as refused:
            await house.enter(identifier)
        assert house.hasher.work == worked
        assert refused.value.retry_after == 50 * 60
        house.clock.pass_(minutes=50)
        with pytest.raises(InvalidCredentials):
            await house.enter(identifier, "wrong")

    async def test_counts_one_account_under_all_its_names(self, house: House) -> None:
        for identifier in ["ada", "ada@example.com"] * 5:
            with pytest.raises(InvalidCredentials):
                await house.enter(identifier, "wrong")
        with pytest.raises(TooManyGuesses):
            await house.enter("+442079460958")

    async def test_lets_the_owner_in_from_where_they_are_known(self, house: House) -> None:
        await house.enter(address="192.0.2.1")
        for number in range(12):
            with pytest.raises((InvalidCredentials, TooManyGuesses)):
                await house.enter(password="wrong", address=f"198.51.{number}.1")
        with pytest.raises(TooManyGuesses):
            await house.enter(address="203.0.113.1")
        await house.enter(address="192.0.2.200")

    async def test_forgets_a_network_after_a_month(self, house: House) -> None:
        await house.enter(address="192.0.2.1")
        house.clock.pass_(days=30)
        for number in range(10):
            with pytest.raises(InvalidCredentials):
                await house.enter(password="wrong", address=f"198.51.{number}.1")
        with pytest.raises(TooManyGuesses):
            await house.enter(address="192.0.2.1")

    async def test_gives_all_strangers_together_ten_guesses(self, house: House) -> None:
        for network in range(40):
            with pytest.raises((InvalidCredentials, TooManyGuesses)):
                await house.enter(password="wrong", address=f"2001:db8:{network}::1")
        assert house.hasher.work == 10
        assert len(house.guesses.taken) == 10

    async def test_gives_a_known_network_ten_of_its_own(self, house: House) -> None:
        await house.enter()
        worked = house.hasher.work
        for _ in range(20):
            with pytest.raises((InvalidCredentials, TooManyGuesses)):
                await house.enter(password="wrong")
        assert house.hasher.work == worked + 10

    async def test_takes_no_unverified_phone(self, house: House) -> None:
        ada(house).phone_verified_at = None
        with pytest.raises(InvalidCredentials):
            await house.enter("+442079460958")

    async def test_does_not_count_right_passwords(self, house: House) -> None:
        await asyncio.gather(*(house.enter() for _ in range(32)))
        assert house.guesses.taken == []

    async def test_does_not_count_what_was_never_checked(self, house: House) -> None:
        house.hasher.busy = True
        with pytest.raises(Unavailable):
            await house.enter()
        assert house.guesses.taken == []

    async def test_asks_for_the_second_factor_only_after_the_first(self) -> None:
        house = furnished(House(second_factor=Authenticator()))
        with pytest.raises(InvalidCredentials):
            await house.enter(password="wrong", totp_code="123456")
        with pytest.raises(SecondFactorNeeded):
            await house.enter()
        assert len(house.guesses.taken) == 1
        await house.enter(totp_code="123456")

    async def test_counts_guesses_at_the_second_factor(self) -> None:
        house = furnished(House(second_factor=Authenticator()))
        for _ in range(10):
            with pytest.raises(WrongSecondFactor):
                await house.enter(totp_code="000000")
        with pytest.raises(TooManyGuesses):
            await house.enter(totp_code="123456")
        assert house.live.rows == {}

    async def test_renews_an_outdated_hash(self, house: House) -> None:
        ada(house).password_hash = f"old:{RIGHT}"
        await house.enter()
        assert ada(house).password_hash == f"plain:{RIGHT}"

    async def test_tells_only_the_owner_that_the_address_is_unverified(self) -> None:
        house = furnished(House(require_verified=True))
        with pytest.raises(InvalidCredentials):
            await house.enter(password="wrong")
        with pytest.raises(EmailNotVerified):
            await house.enter()

    async def test_tells_only_the_owner_that_the_account_is_disabled(self, house: House) -> None:
        house.users.disabled.add(ada(house).id)
        with pytest.raises(InvalidCredentials):
            await house.enter(password="wrong")
        with pytest.raises(AccountDisabled):
            await house.enter()


class TestSession:
    async def test_is_believed_for_two_seconds(self, house: House) -> None:
        pair = await house.enter()
        for _ in range(5):
            await house.sessions.caller(pair.access_token)
        assert house.live.asked == 1
        house.clock.pass_(seconds=2.1)
        await house.sessions.caller(pair.access_token)
        assert house.live.asked == 2

    async def test_ends_at_once_with_logout(self, house: House) -> None:
        pair = await house.enter()
        caller = await house.sessions.caller(pair.access_token)
        await house.sessions.log_out(session_id=caller.session_id)
        with pytest.raises(Unauthenticated):
            await house.sessions.caller(pair.access_token)
        with pytest.raises(InvalidToken):
            await house.sessions.refresh(refresh_token=pair.refresh_token)

    async def test_ends_at_once_with_logout_everywhere(self, house: House) -> None:
        callers = [await house.sessions.caller((await house.enter()).access_token) for _ in range(2)]
        pair = await house.enter()
        await house.sessions.caller(pair.access_token)
        await house.sessions.log_out_everywhere(user_id=callers[0].user_id)
        with pytest.raises(InvalidToken):
            await house.sessions.caller(pair.access_token)
        assert house.live.rows == {}

    async def test_ends_within_two_seconds_of_a_new_epoch(self, house: House) -> None:
        pair = await house.enter()
        await house.sessions.caller(pair.access_token)
        ada(house).token_epoch += 1
        house.clock.pass_(seconds=2.1)
        with pytest.raises(InvalidToken):
            await house.sessions.caller(pair.access_token)

    async def test_token_expires(self, house: House) -> None:
        pair = await house.enter()
        await house.sessions.caller(pair.access_token)
        house.clock.pass_(minutes=30)
        with pytest.raises(InvalidToken):
            await house.sessions.caller(pair.access_token)

    async def test_shows_a_new_admin_flag_within_two_seconds(self, house: House) -> None:
        pair = await house.enter()
        assert not (await house.sessions.caller(pair.access_token)).platform_admin
        ada(house).platform_admin = True
        house.clock.pass_(seconds=2.1)
        assert (await house.sessions.caller(pair.access_token)).platform_admin


class TestRefresh:
    async def test_goes_on_with_the_same_session(self, house: House) -> None:
        first = await house.enter()
        second = await house.sessions.refresh(refresh_token=first.refresh_token)
        assert second.refresh_token != first.refresh_token
        callers = [await house.sessions.caller(pair.access_token) for pair in (first, second)]
        assert callers[0] == callers[1]

    async def test_reuse_kills_the_family(self, house: House) -> None:
        first = await house.enter()
        second = await house.sessions.refresh(refresh_token=first.refresh_token)
        for token in (first.refresh_token, second.refresh_token):
            with pytest.raises(InvalidToken):
                await house.sessions.refresh(refresh_token=token)
        house.clock.pass_(seconds=2.1)
        with pytest.raises(InvalidToken):
            await house.sessions.caller(second.access_token)

    @pytest.mark.parametrize("text", ["", "unknown", "a.b.c"])
    async def test_refuses_any_other_text(self, house: House, text: str) -> None:
        with pytest.raises(InvalidToken):
            await house.sessions.refresh(refresh_token=text)

    async def test_token_lives_seven_days(self, house: House) -> None:
        pair = await house.enter()
        house.clock.pass_(days=7)
        with pytest.raises(InvalidToken):
            await house.sessions.refresh(refresh_token=pair.refresh_token)
