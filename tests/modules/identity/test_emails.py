"""E-mail addresses: greeted, proved, and changed for another."""

import pytest

from shoplytics.kernel.errors import Invalid, ShopError
from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain.errors import (
    EmailNotVerified,
    InvalidCode,
    InvalidOneTimeToken,
    TooManyCodes,
    TooManyGuesses,
)
from shoplytics.modules.identity.domain.letters import AddressTaken, Code, EmailChanged, VerifyEmail, Welcome
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.schemas import Registration
from shoplytics.ports.identity import Challenge, UserChanged
from tests.modules.identity.house import HOME, RIGHT, House

ADA, NEW = "ada@example.com", "ada@new.example"


async def registered(house: House) -> User:
    view = await house.identity.register(form=Registration(email=ADA, password=RIGHT, first_name="Ada"))
    await house.deliver()
    return house.users.rows[view.id]


class TestWelcome:
    async def test_greets_with_a_link_that_proves_the_address(self) -> None:
        house = House(require_verified=True)
        ada = await registered(house)
        (sent,) = house.mails.sent
        assert isinstance(sent.letter, Welcome)
        assert (sent.letter.name, sent.letter.hours) == ("", 24)  # a stranger may have chosen the name
        assert sent.letter.link.startswith("https://shop.example/verify-email#token=")
        with pytest.raises(EmailNotVerified):
            await house.enter()
        await house.emails.verify(token=house.token_to(ADA))
        assert house.row(ada).email_verified_at == house.clock.now
        await house.enter()

    async def test_tells_the_owner_of_an_address_that_is_registered_again(self) -> None:
        house = House()
        await registered(house)
        await registered_again(house)
        letter = house.last_to(ADA)
        assert isinstance(letter, AddressTaken)
        assert letter.link == "https://shop.example/forgot-password"


async def registered_again(house: House) -> None:
    await house.identity.register(form=Registration(email=ADA, password=RIGHT, first_name="Eve"))
    await house.deliver()


class TestVerify:
    async def test_answers_every_bad_token_the_same(self) -> None:
        house = House()
        ada = await registered(house)
        used = house.token_to(ADA)
        await house.emails.verify(token=used)
        house.row(ada).email_verified_at = None
        await house.passwords.forgot(email=ADA)
        await house.emails.resend(email=ADA)
        await house.deliver()
        reset, link = (letter for letter in house.mails.to(ADA)[-2:])
        of_reset = str(getattr(reset, "link", "")).partition("#token=")[2]
        house.row(ada).email = NEW
        of_former_address = str(getattr(link, "link", "")).partition("#token=")[2]
        refusals = set()
        for token in (used, of_reset, of_former_address, "unknown"):
            with pytest.raises(ShopError) as refused:
                await house.emails.verify(token=token)
            refusals.add((type(refused.value), str(refused.value)))
        assert refusals == {(InvalidOneTimeToken, InvalidOneTimeToken.message)}

    async def test_link_lives_a_day(self) -> None:
        house = House()
        await registered(house)
        house.clock.pass_(hours=24)
        with pytest.raises(InvalidOneTimeToken):
            await house.emails.verify(token=house.token_to(ADA))


class TestResend:
    async def test_mails_another_link_while_the_address_is_unproved(self) -> None:
        house = House()
        ada = await registered(house)
        await house.emails.resend(email=ADA)
        await house.deliver()
        assert isinstance(house.last_to(ADA), VerifyEmail)
        await house.emails.verify(token=house.token_to(ADA))
        assert house.row(ada).email_verified_at is not None
        for email in (ADA, "nobody@example.com"):
            await house.emails.resend(email=email)
        await house.deliver()
        assert len(house.mails.sent) == 2

    async def test_mails_three_in_a_quarter_of_an_hour_and_says_nothing(self) -> None:
        house = House()
        house.resident()
        for _ in range(5):
            await house.emails.resend(email=ADA)
        await house.deliver()
        assert len(house.mails.sent) == 3


async def asked(house: House, user: User, email: str = NEW, password: str = RIGHT) -> Challenge:
    challenge = await house.emails.ask_change(user_id=user.id, email=email, password=password, client=HOME)
    await house.deliver()
    return challenge


async def confirm(house: House, user: User, challenge: Challenge, code: str) -> None:
    await house.emails.confirm_change(
        user_id=user.id, challenge_id=challenge.challenge_id, code=code, client=HOME
    )


class TestChange:
    async def test_takes_the_code_that_was_mailed_to_the_new_address(self) -> None:
        house = House()
        ada = house.resident(first_name="Ada")
        challenge = await asked(house, ada)
        assert house.mails.to(ADA) == []
        assert house.row(ada).email == ADA
        await confirm(house, ada, challenge, house.code_to(NEW))
        user = house.row(ada)
        assert (user.email, user.email_verified_at) == (NEW, house.clock.now)
        assert [event.email for event in house.outbox.of(UserChanged) if isinstance(event, UserChanged)] == [
            NEW
        ]
        await house.deliver()
        notice = house.last_to(ADA)
        assert isinstance(notice, EmailChanged)
        assert (notice.new_email, notice.device) == (NEW, "Firefox")

    async def test_makes_what_was_mailed_to_the_former_address_void(self) -> None:
        house = House()
        ada = house.resident()
        await house.passwords.forgot(email=ADA)
        await house.deliver()
        link = house.token_to(ADA)
        challenge = await asked(house, ada)
        await confirm(house, ada, challenge, house.code_to(NEW))
        with pytest.raises(InvalidOneTimeToken):
            await house.passwords.reset(token=link, password="eleven brown owls in a barn", client=HOME)

    async def test_tells_the_owner_of_a_taken_address_and_nobody_else(self) -> None:
        house = House()
        ada, bob = house.resident(), house.resident("bob@example.com")
        taken = await asked(house, ada, bob.email)
        free = await asked(house, ada)
        assert (taken.expires_in, type(taken.challenge_id)) == (free.expires_in, type(free.challenge_id))
        assert [type(letter) for letter in house.mails.to(bob.email)] == [AddressTaken]
        assert [type(letter) for letter in house.mails.to(NEW)] == [Code]
        for code in ("000000", house.code_to(NEW)):
            with pytest.raises(InvalidCode):
                await confirm(house, ada, taken, code)
        assert house.row(ada).email == ADA

    async def test_fails_as_a_wrong_code_when_the_address_was_taken_since(self) -> None:
        house = House()
        ada = house.resident()
        challenge = await asked(house, ada)
        code = house.code_to(NEW)
        house.resident(NEW)
        with pytest.raises(InvalidCode):
            await confirm(house, ada, challenge, code)

    async def test_wants_the_password(self) -> None:
        house = House()
        ada = house.resident()
        with pytest.raises(Invalid) as refused:
            await asked(house, ada, password="wrong")
        assert [(e.pointer, e.code) for e in refused.value.errors] == [("/password", "wrong_password")]
        assert (len(house.guesses.taken), house.outbox.events) == (1, [])

    async def test_is_nobody_elses(self) -> None:
        house = House()
        ada, eve = house.resident(), house.resident("eve@example.com")
        challenge = await asked(house, ada)
        with pytest.raises(InvalidCode):
            await confirm(house, eve, challenge, house.code_to(NEW))
        unknown = Challenge(challenge_id=new_id(), expires_in=300)
        with pytest.raises(InvalidCode):
            await confirm(house, ada, unknown, house.code_to(NEW))
        await confirm(house, ada, challenge, house.code_to(NEW))

    async def test_bears_five_tries_and_ten_guesses(self) -> None:
        house = House()
        ada = house.resident()
        challenge = await asked(house, ada)
        for code in ["000000"] * 5 + [house.code_to(NEW)]:
            with pytest.raises(InvalidCode):
                await confirm(house, ada, challenge, code)
        challenge = await asked(house, ada)
        for _ in range(4):
            with pytest.raises(InvalidCode):
                await confirm(house, ada, challenge, "000000")
        with pytest.raises(TooManyGuesses):
            await confirm(house, ada, challenge, house.code_to(NEW))
        with pytest.raises(TooManyGuesses):
            await house.enter()

    async def test_asks_three_times_a_quarter_of_an_hour(self) -> None:
        house = House()
        ada = house.resident()
        for _ in range(3):
            await asked(house, ada)
        with pytest.raises(TooManyCodes):
            await asked(house, ada)


class TestSweep:
    async def test_keeps_networks_for_a_month_and_the_rest_for_a_week(self) -> None:
        house = House()
        await house.identity.sweep(now=house.clock.now)
        before, since = house.cleaner.before, house.cleaner.unseen_since
        assert before is not None
        assert since is not None
        assert ((house.clock.now - before).days, (house.clock.now - since).days) == (7, 30)
