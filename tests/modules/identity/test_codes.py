"""One-time codes: who is sent one, what it opens, and how little a guess gets."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import pytest

from shoplytics.kernel.errors import Invalid, ShopError
from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain.codes import Purpose
from shoplytics.modules.identity.domain.errors import (
    AccountDisabled,
    EmailNotVerified,
    InvalidCode,
    SecondFactorNeeded,
    TooManyCodes,
    TooManyGuesses,
    WrongSecondFactor,
)
from shoplytics.modules.identity.domain.letters import Code, PasswordChanged, SecurityChanged
from shoplytics.modules.identity.schemas import CodeToVerify
from shoplytics.ports.identity import Challenge, CodeView, TokenPair
from tests.modules.identity.house import HOME, NEWER, RIGHT, House

ADA, PHONE = "ada@example.com", "+442079460958"
Requested = Literal["login", "register", "verify_email", "verify_phone", "reset_password"]


async def ask(house: House, purpose: str, target: str = ADA, *, user_id: UUID | None = None) -> Challenge:
    challenge = await house.one_time.ask(purpose=Purpose(purpose), target=target, user_id=user_id)
    await house.deliver()
    return challenge


async def use(
    house: House,
    challenge: Challenge | UUID,
    purpose: Requested,
    code: str,
    target: str = ADA,
    *,
    new_password: str | None = None,
    totp_code: str | None = None,
) -> TokenPair | CodeView:
    form = CodeToVerify(
        challenge_id=challenge if isinstance(challenge, UUID) else challenge.challenge_id,
        target=target,
        purpose=purpose,
        code=code,
        new_password=new_password,
        totp_code=totp_code,
    )
    return await house.one_time.verify(form=form, client=HOME)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


class TestAsking:
    async def test_sends_six_digits_once_and_keeps_none(self) -> None:
        house = House()
        house.resident()
        challenge = await ask(house, "login", " ADA@example.com")
        (sent,) = house.mails.sent
        assert isinstance(sent.letter, Code)
        assert (len(sent.letter.digits), sent.letter.digits.isdigit(), sent.to) == (6, True, ADA)
        assert (challenge.expires_in, sent.cause) == (300, challenge.challenge_id)
        kept = house.codes.rows[challenge.challenge_id]
        assert sent.letter.digits.encode() not in kept.code_hash
        assert kept.expires_at == sent.expires_at

    @pytest.mark.parametrize("purpose", ["login", "register", "verify_email", "reset_password"])
    async def test_sends_nobody_anything_without_an_account(self, purpose: str) -> None:
        house = House()
        challenge = await ask(house, purpose, "nobody@example.com")
        assert house.mails.sent == []
        assert challenge.challenge_id in house.codes.rows  # so that a guess costs the same

    async def test_sends_a_disabled_account_nothing(self) -> None:
        house = House()
        house.resident(disabled_at=house.clock.now)
        await ask(house, "login")
        assert house.mails.sent == []

    async def test_makes_no_code_after_its_time(self) -> None:
        house = House()
        house.resident()
        await house.one_time.ask(purpose=Purpose.LOGIN, target=ADA, user_id=None)
        house.clock.pass_(minutes=5)
        await house.deliver()
        assert (house.mails.sent, house.codes.rows) == ([], {})

    @pytest.mark.parametrize("target", [ADA, "nobody@example.com"])
    async def test_gives_an_address_three_in_a_quarter_of_an_hour(self, target: str) -> None:
        house = House()
        house.resident()
        for purpose in ("login", "verify_email", "login"):
            await ask(house, purpose, target)
            house.clock.pass_(minutes=4)
        with pytest.raises(TooManyCodes) as refused:
            await ask(house, "login", target.upper())
        assert refused.value.retry_after == 3 * 60
        house.clock.pass_(minutes=3)
        await ask(house, "login", target)

    @pytest.mark.parametrize(
        ("purpose", "target"),
        [
            ("login", "ada"),
            ("login", "12"),
            ("login", "x@"),
            ("verify_email", PHONE),
            ("verify_phone", ADA),
            ("register", PHONE),
        ],
    )
    async def test_refuses_what_is_no_address_for_it(self, purpose: str, target: str) -> None:
        with pytest.raises(Invalid) as refused:
            await ask(House(), purpose, target)
        assert [error.pointer for error in refused.value.errors] == ["/target"]

    @pytest.mark.parametrize("purpose", ["login", "reset_password"])
    async def test_takes_an_unverified_number_for_a_claim(self, purpose: str) -> None:
        house = House()
        ada = house.resident(phone=PHONE)
        await ask(house, purpose, PHONE)
        assert house.mails.sent == []
        ada.phone_verified_at = house.clock.now
        await ask(house, purpose, PHONE)
        assert [sent.to for sent in house.mails.sent] == [PHONE]

    async def test_means_the_account_of_who_asks_where_several_claim_a_number(self) -> None:
        house = House()
        house.resident("eve@example.com", phone=PHONE)
        ada = house.resident(phone=PHONE)
        await ask(house, "verify_phone", PHONE)
        assert house.mails.sent == []
        challenge = await ask(house, "verify_phone", PHONE, user_id=ada.id)
        await use(house, challenge, "verify_phone", house.code_to(PHONE), PHONE)
        assert house.row(ada).phone_verified_at is not None


class TestEffect:
    async def test_login_opens_a_session(self) -> None:
        house = House()
        ada = house.resident()
        pair = await use(house, await ask(house, "login"), "login", house.code_to(ADA))
        assert isinstance(pair, TokenPair)
        assert (await house.sessions.caller(pair.access_token)).user_id == ada.id
        assert house.row(ada).email_verified_at == house.clock.now

    async def test_a_verified_number_is_told_at_the_address_once(self) -> None:
        house = House()
        ada = house.resident(phone=PHONE, email_verified_at=house.clock.now)
        for _ in range(2):
            challenge = await ask(house, "verify_phone", PHONE, user_id=ada.id)
            await use(house, challenge, "verify_phone", house.code_to(PHONE), PHONE)
            await house.deliver()
        [notice] = house.mails.to(ADA)
        assert isinstance(notice, SecurityChanged)
        assert (notice.what, notice.device) == ("phone_verified", HOME.user_agent)

    async def test_register_verifies_where_that_is_required(self) -> None:
        house = House(require_verified=True)
        ada = house.resident()
        with pytest.raises(EmailNotVerified):
            await house.enter()
        pair = await use(house, await ask(house, "register"), "register", house.code_to(ADA))
        assert isinstance(pair, TokenPair)
        assert house.row(ada).email_verified_at is not None
        await house.enter()

    async def test_verify_email_opens_nothing(self) -> None:
        house = House()
        ada = house.resident()
        view = await use(house, await ask(house, "verify_email"), "verify_email", house.code_to(ADA))
        assert view == CodeView(purpose="verify_email", target=ADA, verified=True)
        assert house.row(ada).email_verified_at is not None
        assert house.live.rows == {}

    async def test_verify_phone_takes_a_number_that_changed_hands(self) -> None:
        house = House()
        former = house.resident("eve@example.com", phone=PHONE, phone_verified_at=house.clock.now)
        ada = house.resident(phone=PHONE)
        challenge = await ask(house, "verify_phone", PHONE, user_id=ada.id)
        await use(house, challenge, "verify_phone", house.code_to(PHONE), PHONE)
        assert house.row(former).phone_verified_at is None
        assert house.row(ada).phone_verified_at is not None

    async def test_reset_sets_the_new_password_and_ends_sessions(self) -> None:
        house = House()
        ada = house.resident()
        pair = await house.enter()
        challenge = await ask(house, "reset_password")
        await use(house, challenge, "reset_password", house.code_to(ADA), new_password=NEWER)
        assert house.row(ada).password_hash == f"plain:{NEWER}"
        house.clock.pass_(seconds=2.1)
        with pytest.raises(ShopError):
            await house.sessions.caller(pair.access_token)
        await house.deliver()
        assert isinstance(house.last_to(ADA), PasswordChanged)

    async def test_reset_without_a_password_gives_a_token_for_it(self) -> None:
        house = House()
        ada = house.resident()
        challenge = await ask(house, "reset_password")
        view = await use(house, challenge, "reset_password", house.code_to(ADA))
        assert isinstance(view, CodeView)
        assert isinstance(view.reset_token, str)
        await house.passwords.reset(token=view.reset_token, password=NEWER, client=HOME)
        assert house.row(ada).password_hash == f"plain:{NEWER}"

    async def test_reset_names_the_field_of_a_weak_password(self) -> None:
        house = House()
        house.resident(first_name="Ada", last_name="Lovelace")
        challenge = await ask(house, "reset_password")
        for weak, reason in (("short", "too_short"), ("ada.lovelace.example", "own_words")):
            with pytest.raises(Invalid) as refused:
                await use(house, challenge, "reset_password", house.code_to(ADA), new_password=weak)
            assert [(e.pointer, e.code) for e in refused.value.errors] == [("/new_password", reason)]
            house.codes.used.clear()  # as the unit of work would, rolled back

    async def test_login_still_asks_for_the_second_factor(self) -> None:
        house = House(second_factor=Authenticator())
        house.resident(email_verified_at=house.clock.now)
        challenge = await ask(house, "login")
        for totp_code, refusal in ((None, SecondFactorNeeded), ("000000", WrongSecondFactor)):
            with pytest.raises(refusal):
                await use(house, challenge, "login", house.code_to(ADA), totp_code=totp_code)
            house.codes.used.clear()
        assert len(house.guesses.taken) == 1
        assert house.live.rows == {}
        await use(house, challenge, "login", house.code_to(ADA), totp_code="123456")

    async def test_login_tells_a_disabled_owner(self) -> None:
        house = House()
        ada = house.resident()
        challenge = await ask(house, "login")
        ada.disabled_at = house.clock.now
        with pytest.raises(AccountDisabled):
            await use(house, challenge, "login", house.code_to(ADA))


@dataclass
class Authenticator:
    async def check(self, *, user_id: UUID, code: str | None, now: datetime) -> None:
        if code is None:
            raise SecondFactorNeeded
        if code != "123456":
            raise WrongSecondFactor


class TestGuessing:
    async def test_bears_five_tries(self) -> None:
        house = House()
        house.resident()
        challenge = await ask(house, "login")
        right = house.code_to(ADA)
        for _ in range(5):
            with pytest.raises(InvalidCode):
                await use(house, challenge, "login", other(right))
        with pytest.raises(InvalidCode):
            await use(house, challenge, "login", right)

    async def test_counts_as_a_guess_at_the_account(self) -> None:
        house = House()
        house.resident()
        for number in range(2):
            challenge = await ask(house, ("login", "verify_email")[number])
            for _ in range(5):
                with pytest.raises(InvalidCode):
                    await use(house, challenge, "login", "000000")
        with pytest.raises(TooManyGuesses):
            await house.enter()

    async def test_is_right_once(self) -> None:
        house = House()
        house.resident()
        challenge = await ask(house, "login")
        tried = [use(house, challenge, "login", house.code_to(ADA)) for _ in range(32)]
        won = [r for r in await asyncio.gather(*tried, return_exceptions=True) if isinstance(r, TokenPair)]
        assert len(won) == 1

    async def test_answers_everything_that_is_wrong_the_same(self) -> None:
        house = House()
        house.resident()
        house.resident("eve@example.com")
        challenge = await ask(house, "login")
        right = house.code_to(ADA)
        nobody = await ask(house, "login", "nobody@example.com")
        refusals = set()
        for tried in (
            use(house, challenge, "login", other(right)),
            use(house, challenge, "verify_email", right),
            use(house, challenge, "login", right, "eve@example.com"),
            use(house, new_id(), "login", right),
            use(house, nobody, "login", right, "nobody@example.com"),
        ):
            with pytest.raises(ShopError) as refused:
                await tried
            refusals.add((type(refused.value), str(refused.value)))
        assert refusals == {(InvalidCode, InvalidCode.message)}
        await use(house, challenge, "login", right)

    @pytest.mark.parametrize("seconds", [299, 300])
    async def test_is_over_after_five_minutes(self, seconds: int) -> None:
        house = House()
        house.resident()
        challenge = await ask(house, "login")
        house.clock.pass_(seconds=seconds)
        if seconds < 300:
            await use(house, challenge, "login", house.code_to(ADA))
        else:
            with pytest.raises(InvalidCode):
                await use(house, challenge, "login", house.code_to(ADA))

    async def test_is_void_once_the_password_or_the_address_changed(self) -> None:
        house = House()
        ada = house.resident()
        first = await ask(house, "login")
        right = house.code_to(ADA)
        await house.passwords.change(user_id=ada.id, current=RIGHT, new=NEWER, client=HOME)
        with pytest.raises(InvalidCode):
            await use(house, first, "login", right)
        second = await ask(house, "login")
        house.row(ada).email = "ada@new.example"
        with pytest.raises(InvalidCode):
            await use(house, second, "login", house.code_to(ADA))
