"""Identity's services over stand-ins, and a worker that answers their events."""

from dataclasses import dataclass, field
from datetime import timedelta

from shoplytics.kernel.letters import Letter
from shoplytics.modules.identity.domain import letters
from shoplytics.modules.identity.domain.codes import CodeSeal
from shoplytics.modules.identity.domain.tokens import AccessTokens
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.module import identity
from shoplytics.modules.identity.ports import SecondFactor
from shoplytics.modules.identity.service import (
    Asking,
    Avatars,
    CodeService,
    Correspondence,
    EmailService,
    Guard,
    IdentityService,
    PasswordProof,
    PasswordRenewal,
    PasswordService,
    SessionOpening,
    SessionsService,
    SignInService,
)
from shoplytics.modules.identity.service.leaving import AccountEnding
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import TokenPair
from tests.fakes import Clock, KeptAudit, KeptMails, KeptOutbox
from tests.fakes.identity import (
    KeptCleaner,
    KeptWaysIn,
    MemoryCodes,
    MemoryGuesses,
    MemoryLeaving,
    MemoryNetworks,
    MemoryOneTimeTokens,
    MemorySessions,
    MemoryUsers,
    PlainHasher,
)
from tests.pictures import KeptJobs, MemoryPictures

SECRET = b"s" * 32
RIGHT = "seven grey herons on a wire"
NEWER = "eleven brown owls in a barn"
HOME = Client(address="192.0.2.1", user_agent="Firefox")


@dataclass
class House:
    """`second_factor` and `require_verified` are what a deployment or an account may ask for."""

    require_verified: bool = False
    second_factor: SecondFactor | None = None
    clock: Clock = field(default_factory=Clock)
    users: MemoryUsers = field(default_factory=MemoryUsers)
    outbox: KeptOutbox = field(default_factory=KeptOutbox)
    mails: KeptMails = field(default_factory=KeptMails)
    hasher: PlainHasher = field(default_factory=PlainHasher)
    tokens: MemoryOneTimeTokens = field(default_factory=MemoryOneTimeTokens)
    codes: MemoryCodes = field(default_factory=MemoryCodes)
    guesses: MemoryGuesses = field(default_factory=MemoryGuesses)
    jobs: KeptJobs = field(default_factory=KeptJobs)
    pictures: MemoryPictures = field(default_factory=MemoryPictures)
    cleaner: KeptCleaner = field(default_factory=KeptCleaner)
    ways_in: KeptWaysIn = field(default_factory=KeptWaysIn)
    audit: KeptAudit = field(default_factory=KeptAudit)

    def __post_init__(self) -> None:
        clock, users, outbox, hasher = self.clock, self.users, self.outbox, self.hasher
        tokens, codes, seal = self.tokens, self.codes, CodeSeal(SECRET)
        self.live = live = MemorySessions(users)
        self.networks = networks = MemoryNetworks(live)
        access = AccessTokens(secret=SECRET, issuer="http://test", life=timedelta(minutes=30))
        week = timedelta(days=7)
        asked = MemoryGuesses(window=timedelta(minutes=15))
        asking = Asking(asked=asked, clock=clock)
        guard = Guard(guesses=self.guesses, networks=networks, secret=SECRET, clock=clock)
        opening = SessionOpening(
            sessions=live,
            guard=guard,
            second_factor=self.second_factor,
            tokens=access,
            refresh_life=week,
            require_verified=self.require_verified,
            clock=clock,
        )
        proof = PasswordProof(guard=guard, hasher=hasher, opening=opening)
        renewal = PasswordRenewal(
            users=users,
            tokens=tokens,
            codes=codes,
            networks=networks,
            ways_in=self.ways_in,
            guard=guard,
            hasher=hasher,
            outbox=outbox,
            clock=clock,
        )
        self.sessions = SessionsService(
            tokens=access, sessions=live, refresh_life=week, clock=clock, monotonic=clock.seconds
        )
        self.door = SignInService(accounts=users, guard=guard, hasher=hasher, opening=opening)
        self.identity = IdentityService(
            ending=AccountEnding(leaving=MemoryLeaving(), mails=self.mails, outbox=self.outbox),
            users=users,
            sessions=live,
            tokens=tokens,
            ways_in=self.ways_in,
            cleaner=self.cleaner,
            hasher=hasher,
            correspondence=Correspondence(
                users=users,
                tokens=tokens,
                codes=codes,
                seal=seal,
                mails=self.mails,
                public_url="https://shop.example/",
                clock=clock,
            ),
            avatars=Avatars(users=users, jobs=self.jobs, pictures=self.pictures, outbox=outbox),
            asking=asking,
            audit=self.audit,
            outbox=outbox,
            clock=clock,
        )
        self.passwords = PasswordService(
            users=users,
            sessions=live,
            tokens=tokens,
            asking=asking,
            proof=proof,
            renewal=renewal,
            outbox=outbox,
            clock=clock,
        )
        self.emails = EmailService(
            users=users,
            tokens=tokens,
            codes=codes,
            tries=codes,
            seal=seal,
            asking=asking,
            guard=guard,
            proof=proof,
            outbox=outbox,
            clock=clock,
        )
        self.one_time = CodeService(
            users=users,
            accounts=users,
            tokens=tokens,
            codes=codes,
            tries=codes,
            seal=seal,
            asking=asking,
            guard=guard,
            opening=opening,
            renewal=renewal,
            outbox=outbox,
            clock=clock,
        )

    def resident(self, email: str = "ada@example.com", **fields: object) -> User:
        """A user with the password RIGHT, unverified; the row itself, to be changed by tests."""
        user = User(email=email, password_hash=f"plain:{RIGHT}", created_at=self.clock.now)
        for name, value in fields.items():
            setattr(user, name, value)
        self.users.rows[user.id] = user
        return user

    def row(self, user: User) -> User:
        """As it is now."""
        return self.users.rows[user.id]

    async def enter(
        self,
        identifier: str = "ada@example.com",
        password: str = RIGHT,
        *,
        address: str = HOME.address,
        totp_code: str | None = None,
    ) -> TokenPair:
        client = Client(address=address, user_agent="Firefox")
        return await self.door.sign_in(
            identifier=identifier, password=password, client=client, totp_code=totp_code
        )

    async def deliver(self, *, times: int = 2) -> None:
        """Run every handler of every event, more than once, as a worker may."""
        events, self.outbox.events = self.outbox.events, []
        for event in events:
            for handler in identity.subscribers.get(type(event), ()):
                for _ in range(times):
                    await handler(event, self.identity)

    def last_to(self, address: str) -> Letter:
        return self.mails.to(address)[-1]

    def token_to(self, address: str) -> str:
        """The token of the last link that was mailed there."""
        letter = self.last_to(address)
        assert isinstance(letter, letters.Welcome | letters.VerifyEmail | letters.ResetPassword)
        page, _, token = letter.link.partition("#token=")
        assert page.startswith("https://shop.example/")
        return token

    def code_to(self, address: str) -> str:
        letter = self.last_to(address)
        assert isinstance(letter, letters.Code)
        return letter.digits
