"""Passwords forgotten, reset, changed and given again."""

import pytest

from shoplytics.kernel.errors import Invalid, ShopError
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.preferences import Preferences
from shoplytics.modules.identity.domain.errors import (
    InvalidCredentials,
    InvalidOneTimeToken,
    InvalidToken,
    TooManyGuesses,
)
from shoplytics.modules.identity.domain.letters import PasswordChanged, ResetPassword
from shoplytics.modules.identity.schemas import Registration
from shoplytics.ports.edge import Client
from tests.modules.identity.house import HOME, NEWER, RIGHT, House

ADA = "ada@example.com"


async def forgotten(house: House, email: str = ADA) -> None:
    await house.passwords.forgot(email=email)
    await house.deliver()


class TestForgot:
    async def test_mails_one_link_from_the_public_address(self) -> None:
        house = House()
        house.resident()
        await forgotten(house, " ADA@Example.com ")
        (sent,) = house.mails.sent
        assert isinstance(sent.letter, ResetPassword)
        assert sent.letter.link.startswith("https://shop.example/reset-password#token=")
        assert sent.letter.minutes == 30
        assert sent.expires_at is not None

    async def test_writes_in_the_language_of_the_reader(self) -> None:
        house = House()
        house.resident(preferences=Preferences(locale="fa"))
        await forgotten(house)
        assert [sent.locale for sent in house.mails.sent] == ["fa"]

    async def test_mails_nothing_to_who_has_no_account_or_a_disabled_one(self) -> None:
        house = House()
        house.resident("eve@example.com", disabled_at=house.clock.now)
        for email in ("nobody@example.com", "eve@example.com"):
            await forgotten(house, email)
        assert house.mails.sent == []

    async def test_mails_three_in_a_quarter_of_an_hour_and_says_nothing(self) -> None:
        house = House()
        house.resident()
        for _ in range(5):
            await forgotten(house)
        assert len(house.mails.sent) == 3
        await house.passwords.reset(token=house.token_to(ADA), password=NEWER, client=HOME)

    async def test_makes_no_link_after_its_time(self) -> None:
        house = House()
        house.resident()
        await house.passwords.forgot(email=ADA)
        house.clock.pass_(minutes=30)
        await house.deliver()
        assert (house.mails.sent, house.tokens.rows) == ([], {})


class TestReset:
    async def test_sets_it_verifies_the_address_and_ends_everything(self) -> None:
        house = House()
        ada = house.resident()
        pair = await house.enter()
        await forgotten(house)
        older = house.token_to(ADA)
        await forgotten(house)
        await house.passwords.reset(token=house.token_to(ADA), password=NEWER, client=HOME)
        user = house.row(ada)
        assert (user.password_hash, user.email_verified_at) == (f"plain:{NEWER}", house.clock.now)
        with pytest.raises(InvalidToken):
            await house.sessions.refresh(refresh_token=pair.refresh_token)
        with pytest.raises(InvalidOneTimeToken):
            await house.passwords.reset(token=older, password=RIGHT, client=HOME)
        await house.deliver()
        notice = house.last_to(ADA)
        assert isinstance(notice, PasswordChanged)
        assert (notice.device, notice.when) == ("Firefox", house.clock.now)

    async def test_answers_every_bad_token_the_same(self) -> None:
        house = House()
        await house.identity.register(form=Registration(email=ADA, password=RIGHT))
        await house.deliver()
        of_another_purpose = house.token_to(ADA)
        await forgotten(house)
        used = house.token_to(ADA)
        await house.passwords.reset(token=used, password=NEWER, client=HOME)
        await forgotten(house)
        expired = house.token_to(ADA)
        house.clock.pass_(minutes=30)
        refusals = set()
        for token in (of_another_purpose, used, expired, "unknown"):
            with pytest.raises(ShopError) as refused:
                await house.passwords.reset(token=token, password=RIGHT, client=HOME)
            refusals.add((type(refused.value), refused.value.code, str(refused.value)))
        assert refusals == {(InvalidOneTimeToken, "invalid_token", InvalidOneTimeToken.message)}

    async def test_refuses_a_password_of_own_words(self) -> None:
        house = House()
        house.resident(first_name="Ada", last_name="Lovelace")
        await forgotten(house)
        with pytest.raises(Invalid) as refused:
            await house.passwords.reset(token=house.token_to(ADA), password="Ada.Lovelace.2026", client=HOME)
        assert [(e.pointer, e.code) for e in refused.value.errors] == [("/password", "own_words")]

    async def test_lets_its_owner_in_while_strangers_are_locked_out(self) -> None:
        house = House()
        house.resident()
        for number in range(10):
            with pytest.raises(InvalidCredentials):
                await house.enter(password="wrong", address=f"198.51.{number}.1")
        with pytest.raises(TooManyGuesses):
            await house.enter()
        await forgotten(house)
        await house.passwords.reset(token=house.token_to(ADA), password=NEWER, client=HOME)
        await house.enter(password=NEWER)
        with pytest.raises(TooManyGuesses):
            await house.enter(password=NEWER, address="198.51.100.1")


class TestChange:
    async def test_ends_every_session_and_tells_the_owner(self) -> None:
        house = House()
        ada = house.resident()
        pair = await house.enter()
        await forgotten(house)
        link = house.token_to(ADA)
        await house.passwords.change(user_id=ada.id, current=RIGHT, new=NEWER, client=HOME)
        with pytest.raises(InvalidToken):
            await house.sessions.refresh(refresh_token=pair.refresh_token)
        with pytest.raises(InvalidOneTimeToken):
            await house.passwords.reset(token=link, password=RIGHT, client=HOME)
        await house.deliver()
        assert isinstance(house.last_to(ADA), PasswordChanged)
        await house.enter(password=NEWER)

    async def test_names_the_field_that_is_wrong(self) -> None:
        house = House()
        ada = house.resident()
        for current, new, found in (
            ("wrong", NEWER, ("/current_password", "wrong_password")),
            (RIGHT, "short", ("/new_password", "too_short")),
            (RIGHT, "ada@example.com", ("/new_password", "own_words")),
        ):
            with pytest.raises(Invalid) as refused:
                await house.passwords.change(user_id=ada.id, current=current, new=new, client=HOME)
            assert [(e.pointer, e.code) for e in refused.value.errors] == [found]
        assert house.row(ada).password_hash == f"plain:{RIGHT}"

    async def test_counts_wrong_ones_as_guesses_at_the_account(self) -> None:
        house = House()
        ada = house.resident()
        for _ in range(10):
            with pytest.raises(Invalid):
                await house.passwords.change(user_id=ada.id, current="wrong", new=NEWER, client=HOME)
        with pytest.raises(TooManyGuesses):
            await house.passwords.change(user_id=ada.id, current=RIGHT, new=NEWER, client=HOME)
        with pytest.raises(TooManyGuesses):
            await house.enter(address="198.51.100.1")


class TestReauthentication:
    async def test_makes_an_old_session_recent(self) -> None:
        house = House()
        ada = house.resident()
        caller = await house.sessions.caller((await house.enter()).access_token)
        assert await house.sessions.recent(session_id=caller.session_id)
        house.clock.pass_(minutes=15, seconds=1)
        assert not await house.sessions.recent(session_id=caller.session_id)

        async def give(password: str) -> None:
            await house.passwords.reauthenticate(
                user_id=ada.id,
                session_id=caller.session_id,
                password=password,
                totp_code=None,
                client=HOME,
            )

        with pytest.raises(Invalid) as refused:
            await give("wrong")
        assert refused.value.errors[0].pointer == "/password"
        assert not await house.sessions.recent(session_id=caller.session_id)
        await give(RIGHT)
        assert await house.sessions.recent(session_id=caller.session_id)

    async def test_of_an_unknown_session_is_not_recent(self) -> None:
        assert not await House().sessions.recent(session_id=new_id())

    async def test_counts_wrong_ones_by_network(self) -> None:
        house = House()
        ada = house.resident()
        caller = await house.sessions.caller((await house.enter()).access_token)
        stranger = Client(address="203.0.113.9", user_agent="")

        async def give(password: str, client: Client) -> None:
            await house.passwords.reauthenticate(
                user_id=ada.id,
                session_id=caller.session_id,
                password=password,
                totp_code=None,
                client=client,
            )

        for _ in range(10):
            with pytest.raises(Invalid):
                await give("wrong", stranger)
        with pytest.raises(TooManyGuesses):
            await give(RIGHT, stranger)
        await give(RIGHT, HOME)
