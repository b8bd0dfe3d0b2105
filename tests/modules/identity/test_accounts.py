"""Accounts: made, changed, and the first administrator."""

from datetime import timedelta

import pytest

from shoplytics.kernel.errors import Conflict, Invalid, NotFound, Stale
from shoplytics.modules.identity.domain.errors import AddressOfDeleted, InvalidOneTimeToken
from shoplytics.modules.identity.domain.letters import SecurityChanged
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.schemas import ProfileChange, Registration
from shoplytics.modules.identity.service.asking import LETTERS
from shoplytics.ports.identity import (
    MadeAdmin,
    PasswordChanged,
    RegistrationRepeated,
    UserChanged,
    UserRegistered,
)
from tests.modules.identity.house import HOME, RIGHT, House

ADMIN = "boss@example.com"


class Office(House):
    async def register(self, email: str = "ada@example.com", username: str | None = None) -> User:
        form = Registration(email=email, password=RIGHT, username=username, phone="+442079460958")
        view = await self.identity.register(form=form)
        return self.users.rows[view.id]

    async def admin(self, password: str) -> MadeAdmin:
        return await self.identity.ensure_admin(email=ADMIN, password=password, command="create-admin")

    def audited(self) -> list[tuple[str, str, str]]:
        return [(actor.label, action, target) for actor, action, target in self.audit.rows]


@pytest.fixture
def office() -> Office:
    return Office()


class TestRegister:
    async def test_makes_an_ordinary_user(self, office: Office) -> None:
        user = await office.register("Ada@Example.com", "Ada")
        assert (user.email, user.username, user.platform_admin) == ("ada@example.com", "Ada", False)
        assert [event.type for event in office.outbox.events] == [UserRegistered.type]

    async def test_answers_a_known_address_like_an_unknown_one(self, office: Office) -> None:
        owner = await office.register()
        worked = office.hasher.work
        form = Registration(email="ADA@example.com", password=RIGHT, first_name="Eve")
        view = await office.identity.register(form=form)
        assert view.id not in office.users.rows
        assert (view.email, view.first_name, view.version) == ("ada@example.com", "Eve", 1)
        assert office.hasher.work == worked + 1
        assert office.users.rows.keys() == {owner.id}
        assert office.outbox.of(RegistrationRepeated)

    async def test_writes_to_the_owner_no_more_often_than_letters_may_be_asked_for(
        self, office: Office
    ) -> None:
        """The one who asks hears the same each time."""
        owner = await office.register()
        form = Registration(email=owner.email, password=RIGHT)
        for _ in range(LETTERS * 2):
            assert (await office.identity.register(form=form)).id not in office.users.rows
        assert len(office.outbox.of(RegistrationRepeated)) <= LETTERS
        office.clock.now += timedelta(minutes=16)
        office.outbox.events.clear()
        await office.identity.register(form=form)
        assert office.outbox.of(RegistrationRepeated)

    async def test_refuses_a_username_that_is_taken(self, office: Office) -> None:
        await office.register(username="ada")
        with pytest.raises(Conflict, match="taken"):
            await office.register("eve@example.com", "ADA")

    async def test_reports_every_mistake_at_once(self, office: Office) -> None:
        form = Registration(
            email="nonsense", password="short", confirm_password="other", phone="1", username="1"
        )
        with pytest.raises(Invalid) as refused:
            await office.identity.register(form=form)
        assert {error.pointer for error in refused.value.errors} == {
            "/email",
            "/password",
            "/confirm_password",
            "/phone",
            "/username",
        }
        assert office.hasher.work == 0


class TestProfile:
    @pytest.mark.parametrize(("verified", "told"), [(True, ["phone_changed"]), (False, [])])
    async def test_tells_of_another_number_at_a_proved_address(
        self, office: Office, verified: bool, told: list[str]
    ) -> None:
        """At another's, it would be a way to write to them."""
        user = await office.register()
        user.email_verified_at = office.clock.now if verified else None
        office.outbox.events.clear()
        for change in (ProfileChange(phone=None), ProfileChange(first_name="Ada")):
            await office.identity.change_profile(
                user_id=user.id, change=change, if_match=None, recent=True, client=HOME
            )
        await office.deliver()
        notices = [letter for letter in office.mails.to(user.email) if isinstance(letter, SecurityChanged)]
        assert [notice.what for notice in notices] == told
        assert all((n.device, n.when) == ("Firefox", office.clock.now) for n in notices)

    async def test_changes_only_what_is_sent(self, office: Office) -> None:
        user = await office.register(username="ada")
        user.phone_verified_at = office.clock.now
        view = await office.identity.change_profile(
            user_id=user.id, change=ProfileChange(first_name=" Ada "), if_match=1, recent=True, client=HOME
        )
        assert (view.first_name, view.username, view.phone_verified, view.version) == ("Ada", "ada", True, 2)
        assert office.outbox.of(UserChanged)

    async def test_wants_a_new_phone_verified_anew(self, office: Office) -> None:
        user = await office.register()
        user.phone_verified_at = office.clock.now
        view = await office.identity.change_profile(
            user_id=user.id,
            change=ProfileChange(phone="+44 20 7946 0000"),
            if_match=None,
            recent=True,
            client=HOME,
        )
        assert (view.phone, view.phone_verified) == ("+442079460000", False)

    async def test_keeps_the_version_when_nothing_changes(self, office: Office) -> None:
        user = await office.register()
        for change in (ProfileChange(), ProfileChange(phone="+44 20 7946 0958")):
            view = await office.identity.change_profile(
                user_id=user.id, change=change, if_match=1, recent=True, client=HOME
            )
            assert view.version == 1
        assert not office.outbox.of(UserChanged)

    async def test_refuses_a_stale_version(self, office: Office) -> None:
        user = await office.register()
        with pytest.raises(Stale):
            await office.identity.change_profile(
                user_id=user.id, change=ProfileChange(last_name="L"), if_match=2, recent=True, client=HOME
            )

    async def test_clears_what_may_be_empty(self, office: Office) -> None:
        user = await office.register(username="ada")
        view = await office.identity.change_profile(
            user_id=user.id,
            change=ProfileChange(username=None, phone=None),
            if_match=None,
            recent=True,
            client=HOME,
        )
        assert (view.username, view.phone) == (None, None)


class TestEndSession:
    async def test_refuses_a_session_that_is_not_there(self, office: Office) -> None:
        user = await office.register()
        with pytest.raises(NotFound):
            await office.identity.end_session(user_id=user.id, session_id=user.id)


class TestFirstAdmin:
    async def test_is_made_once(self, office: Office) -> None:
        first = await office.admin(RIGHT)
        again = await office.admin("another long enough phrase")
        assert first == again
        assert office.users.rows[first.user.id].password_hash == f"plain:{RIGHT}"
        assert office.audited() == [("system:create-admin", "users.create", f"user:{first.user.id}")]

    async def test_leaves_nothing_to_whoever_had_the_address(self, office: Office) -> None:
        squatter = await office.register(ADMIN)
        office.users.rows[squatter.id].set_phone("+442079460958")
        office.users.rows[squatter.id].verify_phone(office.clock.now)
        office.users.rows[squatter.id].disabled_at = office.clock.now
        assert (await office.admin("another long enough phrase")).taken_over
        admin = office.users.rows[squatter.id]
        assert admin.disabled_at is None
        assert admin.platform_admin
        assert admin.password_hash == "plain:another long enough phrase"
        assert (admin.token_epoch, admin.phone, admin.phone_verified_at) == (1, None, None)
        assert office.ways_in.closed == [admin.id]
        assert office.outbox.of(PasswordChanged)
        assert office.audited() == [("system:create-admin", "users.change", f"user:{admin.id}")]

    async def test_is_not_made_of_a_deleted_account(self, office: Office) -> None:
        office.users.deleted.add(ADMIN)
        with pytest.raises(AddressOfDeleted):
            await office.admin(RIGHT)

    async def test_needs_a_sound_password(self, office: Office) -> None:
        with pytest.raises(Invalid):
            await office.admin("password1234")

    async def test_is_set_up_by_a_token_good_for_one_use(self, office: Office) -> None:
        token = await office.identity.setup_token()
        assert token is not None
        made = await office.identity.set_up(token=token, email=ADMIN, password=RIGHT)
        assert made.user.platform_admin
        assert [row[:2] for row in office.audited()] == [("system:setup", "users.create")]
        with pytest.raises(InvalidOneTimeToken):
            await office.identity.set_up(token=token, email="eve@example.com", password=RIGHT)
        assert await office.identity.setup_token() is None

    async def test_token_lives_a_day_and_dies_with_the_next(self, office: Office) -> None:
        first = await office.identity.setup_token() or ""
        second = await office.identity.setup_token() or ""
        office.clock.pass_(hours=24)
        for token in (first, second, ""):
            with pytest.raises(InvalidOneTimeToken):
                await office.identity.set_up(token=token, email=ADMIN, password=RIGHT)
