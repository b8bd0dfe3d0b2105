"""Sign-in through a provider over stand-ins: what it refuses, in which order, and what it leaves open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.ids import new_id
from shoplytics.modules.identity.domain import letters
from shoplytics.modules.identity.domain.errors import (
    AccountDisabled,
    EmailNotVerified,
    SecondFactorNeeded,
    TooManyGuesses,
    WrongSecondFactor,
)
from shoplytics.modules.identity.domain.oidc import (
    AddressNotFree,
    InvalidState,
    LastWayIn,
    OtherBrowser,
    ProviderRefused,
    UnknownProvider,
)
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import Account
from shoplytics.modules.identity.ports.oidc import Link, LinkedAccount, StartedSignIn
from shoplytics.modules.identity.service.oidc import Answer, Begun, OidcLinks, OidcService
from shoplytics.ports.identity import SecurityChanged, TokenPair
from shoplytics.ports.sign_in import Nonces, ProvidedIdentity
from tests.modules.identity.house import HOME, House

ISSUER = "https://issuer.example"
ADA = ProvidedIdentity(subject="1", email="Ada@Example.com", email_verified=True)


class Vouching:
    """A provider that vouches for `identity`, once for each code."""

    name, issuer = "own", ISSUER

    def __init__(self) -> None:
        self.identity = ADA
        self.state = ""
        self.nonces: list[Nonces] = []

    async def authorization_url(self, *, state: str, nonces: Nonces, redirect_uri: str) -> str:
        self.state = state
        self.nonces.append(nonces)
        return f"{ISSUER}/?back={redirect_uri}"

    async def identify(
        self, *, code: str, issuer: str | None, nonces: Nonces, redirect_uri: str
    ) -> ProvidedIdentity:
        assert nonces == self.nonces.pop()
        assert redirect_uri == "https://shop.example/api/v1/auth/oidc/own/callback"
        return self.identity


class PlainVault:
    """Shows whether a value is opened where it was sealed."""

    def seal(self, plain: bytes, *, context: str) -> bytes:
        return context.encode() + b"|" + plain

    def open(self, sealed: bytes, *, context: str) -> bytes:
        where, _, plain = sealed.partition(b"|")
        assert where == context.encode()
        return plain


@dataclass
class Waiting:
    started: StartedSignIn
    expires_at: datetime
    used: bool = False
    link_id: UUID | None = None
    second_hash: bytes | None = None


class MemoryStates:
    def __init__(self) -> None:
        self.rows: dict[bytes, Waiting] = {}

    async def start(self, started: StartedSignIn) -> None:
        self.rows[started.state_hash] = Waiting(started, started.expires_at)

    async def take(self, *, state_hash: bytes, provider: str, browser_hash: bytes, now: datetime) -> bytes:
        row = self.rows.get(state_hash)
        if row is None or row.used or row.expires_at <= now or row.started.provider != provider:
            raise InvalidState
        if row.started.browser_hash != browser_hash:
            raise OtherBrowser
        row.used = True
        return row.started.secrets

    async def wait(self, *, state_hash: bytes, link_id: UUID, second_hash: bytes, until: datetime) -> None:
        row = self.rows[state_hash]
        row.link_id, row.second_hash, row.expires_at = link_id, second_hash, until

    async def waiting(
        self, *, second_hash: bytes, provider: str, browser_hash: bytes, now: datetime
    ) -> UUID | None:
        for row in self.rows.values():
            right = (row.second_hash, row.started.provider, row.started.browser_hash)
            if right == (second_hash, provider, browser_hash) and row.expires_at > now:
                return row.link_id
        return None

    async def finish(self, second_hash: bytes) -> bool:
        found = [row for row in self.rows.values() if row.second_hash == second_hash]
        for row in found:
            row.second_hash = None
        return bool(found)


class MemoryLinks:
    """Links beside the house's users."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.rows: dict[UUID, Link] = {}
        self.before_linking: Callable[[], None] = lambda: None

    async def find(self, *, issuer: str, subject: str) -> LinkedAccount | None:
        return self._found(lambda link: (link.issuer, link.subject) == (issuer, subject))

    async def by_id(self, link_id: UUID) -> LinkedAccount | None:
        return self._found(lambda link: link.id == link_id)

    def _found(self, wanted: Callable[[Link], bool]) -> LinkedAccount | None:
        for link in filter(wanted, self.rows.values()):
            user = self.house.users.rows[link.user_id]
            account = Account(
                user_id=user.id,
                password_hash=user.password_hash,
                token_epoch=user.token_epoch,
                verified=user.email_verified_at is not None,
                disabled=user.disabled_at is not None,
            )
            return LinkedAccount(link_id=link.id, account=account)
        return None

    async def link(self, link: Link, *, email: str, noted: SecurityChanged) -> None:
        self.before_linking()
        user = self.house.users.rows[link.user_id]
        if user.email == email and user.email_verified_at is not None:
            self.rows[link.id] = link
            await self.house.outbox.add(noted)

    async def make(self, user: User, link: Link) -> None:
        if await self.house.users.add(user):
            self.rows[link.id] = link

    async def used(self, link_id: UUID, *, now: datetime) -> None:
        """Not asked about here."""

    async def of_user(self, user_id: UUID) -> Sequence[Link]:
        return [link for link in self.rows.values() if link.user_id == user_id]

    async def remove(self, *, user_id: UUID, link_id: UUID) -> None:
        del self.rows[link_id]


class Asks:
    """A second factor that every account asks for."""

    async def check(self, *, user_id: UUID, code: str | None, now: datetime) -> None:
        if code is None:
            raise SecondFactorNeeded
        if code != "right":
            raise WrongSecondFactor


@dataclass
class Door:
    house: House = field(default_factory=House)

    def __post_init__(self) -> None:
        house, self.provider = self.house, Vouching()
        self.states, self.links = MemoryStates(), MemoryLinks(house)
        self.oidc = OidcService(
            providers={"own": self.provider},
            states=self.states,
            links=self.links,
            accounts=house.users,
            vault=PlainVault(),
            guard=house.door._guard,
            opening=house.door._opening,
            public_url="https://shop.example/",
            clock=house.clock,
        )

    async def begin(self, browser: str | None = None) -> Begun:
        return await self.oidc.begin(provider="own", browser=browser)

    async def finish(
        self, browser: str | None, *, error: str | None = None, state: str | None = None
    ) -> TokenPair:
        answer = Answer(state=state or self.provider.state, code="code", error=error, issuer=None)
        return await self.oidc.finish(provider="own", answer=answer, browser=browser, client=HOME)

    async def enter(self) -> TokenPair:
        return await self.finish((await self.begin()).browser)

    async def second(self, browser: str, token: str, code: str) -> TokenPair:
        return await self.oidc.second_step(
            provider="own", token=token, totp_code=code, browser=browser, client=HOME
        )

    def mine(self, **names: str) -> OidcLinks:
        return OidcLinks(users=self.house.users, links=self.links, providers=names or {ISSUER: "own"})


class TestFinishing:
    async def test_makes_an_account_with_a_proved_address_and_no_password(self) -> None:
        door = Door()
        await door.enter()
        (user,) = door.house.users.rows.values()
        assert (user.email, user.password_hash) == ("ada@example.com", None)
        assert user.email_verified_at == door.house.clock.now
        await door.enter()
        assert len(door.house.users.rows) == 1

    async def test_tells_the_owner_of_an_account_that_another_way_leads_in(self) -> None:
        door = Door()
        door.house.resident(email_verified_at=door.house.clock.now)
        for _ in range(2):
            await door.enter()
            await door.house.deliver()
        [notice] = door.house.mails.to("ada@example.com")
        assert isinstance(notice, letters.SecurityChanged)
        assert (notice.what, notice.detail, notice.device) == ("provider_linked", "own", "Firefox")

    async def test_keeps_a_browsers_mark(self) -> None:
        door = Door()
        first = await door.begin()
        assert (await door.begin(first.browser)).browser == first.browser
        assert (await door.begin()).browser != first.browser

    async def test_spends_the_state_before_anything_else(self) -> None:
        door = Door()
        begun = await door.begin()
        with pytest.raises(ProviderRefused) as told:
            await door.finish(begun.browser, error="<script>")
        assert told.value.extra == {"provider_error": "other"}
        with pytest.raises(InvalidState):
            await door.finish(begun.browser)

    async def test_wants_the_account_verified_where_the_deployment_does(self) -> None:
        door = Door(House(require_verified=True))
        await door.enter()
        (user,) = door.house.users.rows.values()
        user.email_verified_at = None
        with pytest.raises(EmailNotVerified):
            await door.enter()

    async def test_refuses_the_disabled(self) -> None:
        door = Door()
        door.house.resident(email_verified_at=door.house.clock.now, disabled_at=door.house.clock.now)
        with pytest.raises(AccountDisabled):
            await door.enter()
        assert door.links.rows == {}

    async def test_refuses_when_the_address_was_given_up_meanwhile(self) -> None:
        door = Door()
        user = door.house.resident(email_verified_at=door.house.clock.now)
        door.links.before_linking = lambda: setattr(user, "email", "elsewhere@example.com")
        with pytest.raises(AddressNotFree):
            await door.enter()

    async def test_knows_its_providers_only(self) -> None:
        door = Door()
        with pytest.raises(UnknownProvider):
            await door.oidc.begin(provider="other", browser=None)


class TestTheSecondStep:
    async def test_opens_once_with_the_right_code(self) -> None:
        door = Door(House(second_factor=Asks()))
        browser = (await door.begin()).browser
        with pytest.raises(SecondFactorNeeded) as asked:
            await door.finish(browser)
        assert door.house.live.rows == {}
        token = str(asked.value.extra["second_factor_token"])
        with pytest.raises(WrongSecondFactor):
            await door.second(browser, token, "wrong")
        with pytest.raises(InvalidState):
            await door.second("of another", token, "right")
        await door.second(browser, token, "right")
        with pytest.raises(InvalidState):
            await door.second(browser, token, "right")

    async def test_counts_wrong_codes_as_guesses(self) -> None:
        door = Door(House(second_factor=Asks()))
        browser = (await door.begin()).browser
        with pytest.raises(SecondFactorNeeded) as asked:
            await door.finish(browser)
        token = str(asked.value.extra["second_factor_token"])
        for _ in range(10):
            with pytest.raises(WrongSecondFactor):
                await door.second(browser, token, "wrong")
        with pytest.raises(TooManyGuesses):
            await door.second(browser, token, "right")

    async def test_is_over_after_five_minutes(self) -> None:
        door = Door(House(second_factor=Asks()))
        browser = (await door.begin()).browser
        with pytest.raises(SecondFactorNeeded) as asked:
            await door.finish(browser)
        door.house.clock.now += timedelta(minutes=5)
        with pytest.raises(InvalidState):
            await door.second(browser, str(asked.value.extra["second_factor_token"]), "right")


class TestRemoving:
    async def test_leaves_a_way_in(self) -> None:
        door = Door()
        await door.enter()
        (user,), (link,) = door.house.users.rows.values(), list(door.links.rows.values())
        with pytest.raises(NotFound):
            await door.mine().remove(user_id=user.id, link_id=new_id())
        with pytest.raises(LastWayIn):
            await door.mine().remove(user_id=user.id, link_id=link.id)
        other = Link(
            id=new_id(),
            user_id=user.id,
            issuer="https://second.example",
            subject="1",
            created_at=link.created_at,
            last_used_at=link.last_used_at,
        )
        door.links.rows[other.id] = other
        with pytest.raises(LastWayIn):  # nobody can sign in there any more
            await door.mine().remove(user_id=user.id, link_id=link.id)
        await door.mine(**{"https://second.example": "second"}).remove(user_id=user.id, link_id=link.id)
        assert list(door.links.rows) == [other.id]
