"""I9: no answer, no header and no time tells who has an account."""

import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from math import erfc, sqrt
from typing import Any

import httpx
import pytest

from shoplytics.adapters.argon2 import Argon2Hasher
from shoplytics.adapters.postgres.identity import PgUsers
from shoplytics.api import Api
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.modules.identity.domain.users import User
from tests.builders import PASSWORD, Account, register
from tests.drain import drain
from tests.proofs.proof import FULL, Mutant, account, size

AUTH = "/api/v1/auth"
OWN = ("request_id", "id", "created_at", "email", "challenge_id")
SAMPLES = size(2, 200)
WARM = size(0, 10)
APART = 0.005
LIKELY = 0.01


class Counting(Argon2Hasher):
    """What costs time: hashes made and checked."""

    def __init__(self) -> None:
        super().__init__()
        self.work = 0

    async def hash(self, password: str) -> str:
        self.work += 1
        return await super().hash(password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        self.work += 1
        return await super().verify(hashed, password)


@dataclass
class Seen:
    """All that a stranger sees of some requests."""

    answers: set[str] = field(default_factory=set)
    work: set[int] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)

    def add(self, answer: httpx.Response, work: int, seconds: float) -> None:
        body = answer.json() if answer.content else {}
        told = {name: type(value).__name__ if name in OWN else value for name, value in body.items()}
        headers = sorted(
            (k, v.partition("-")[0] if k == "etag" else v)  # behind the version, a digest of the body
            for k, v in answer.headers.items()
            if k != "x-request-id"
        )
        self.answers.add(f"{answer.status_code} {told} {headers}")
        self.work.add(work)
        self.seconds.append(seconds)


def likelihood(left: list[float], right: list[float]) -> float:
    """Mann-Whitney's U, two-sided, by its normal approximation: how likely, if both are of one kind."""
    together = sorted((value, side) for side, values in ((0, left), (1, right)) for value in values)
    ranks = sum(rank for rank, (_, side) in enumerate(together, start=1) if side == 0)
    n, m = len(left), len(right)
    u = ranks - n * (n + 1) / 2
    return erfc(abs(u - n * m / 2) / sqrt(n * m * (n + m + 1) / 12) / sqrt(2))


def told_apart(known: Seen, unknown: Seen) -> tuple[float, float]:
    """Seconds between the medians, and how likely the times are of one kind."""
    apart = abs(statistics.median(known.seconds) - statistics.median(unknown.seconds))
    return apart, likelihood(known.seconds, unknown.seconds)


Ask = Callable[[str], Awaitable[httpx.Response]]


class Stranger:
    """Asks for addresses with and without an account, in turns; nobody is asked for twice."""

    def __init__(self, client: httpx.AsyncClient, infra: Infra, hasher: Counting) -> None:
        self._client = client
        self._infra = infra
        self._hasher = hasher
        self._number = 0

    async def addresses(self, count: int) -> Iterator[tuple[str, str]]:
        """Pairs of one with and one without an account, of one length."""
        numbers = range(self._number, self._number + count)
        self._number += count
        hashed = await self._hasher.hash(PASSWORD)
        async with self._infra.database.work(DbRole.SYSTEM) as work:
            for number in numbers:
                user = User(
                    email=f"known-{number:06}@example.com", password_hash=hashed, created_at=utc_now()
                )
                assert await PgUsers(work).add(user)
            await work.commit()
        return ((f"known-{number:06}@example.com", f"other-{number:06}@example.com") for number in numbers)

    async def compare(self, ask: Ask, count: int) -> tuple[Seen, Seen]:
        seen = Seen(), Seen()
        for number, pair in enumerate(await self.addresses(count + WARM)):
            order = random.sample((0, 1), 2)
            for side in order:
                before, started = self._hasher.work, time.perf_counter()
                answer = await ask(pair[side])
                took = time.perf_counter() - started
                if number >= WARM:
                    seen[side].add(answer, self._hasher.work - before, took)
        return seen


@pytest.fixture
async def stranger(app: Api, client: httpx.AsyncClient) -> Stranger:
    infra = app.parts.infra
    infra.hasher.close()
    infra.hasher = hasher = Counting()
    await hasher.verify(None, "warm")
    return Stranger(client, infra, hasher)


def asking(client: httpx.AsyncClient, what: str, ada: Account) -> Ask:
    """How a stranger asks; `ada` is who changes her address."""

    async def post(path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
        return await client.post(AUTH + path, json=body, headers=headers)

    async def code_for(email: str) -> httpx.Response:
        asked = await post("/otp/request", {"purpose": "login", "target": email})
        await _drained(client)
        body = {"challenge_id": asked.json()["challenge_id"], "target": email, "purpose": "login"}
        return await post("/otp/verify", {**body, "code": "000000"})

    asks: dict[str, Ask] = {
        "login": lambda email: post("/login", {"identifier": email, "password": "not the right one"}),
        "register": lambda email: post("/register", {"email": email, "password": PASSWORD}),
        "forgot": lambda email: post("/password/forgot", {"email": email}),
        "resend": lambda email: post("/email/resend", {"email": email}),
        "otp login": lambda email: post("/otp/request", {"purpose": "login", "target": email}),
        "otp reset": lambda email: post("/otp/request", {"purpose": "reset_password", "target": email}),
        "email change": lambda email: post(
            "/email/change", {"email": email, "password": PASSWORD}, ada.headers
        ),
        "otp verify": code_for,
    }
    return asks[what]


async def _drained(client: httpx.AsyncClient) -> None:
    """The worker makes the code, or the row that stands for none."""
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    assert isinstance(transport.app, Api)
    await drain(transport.app.parts.infra)


ENDPOINTS = (
    "login",
    "register",
    "forgot",
    "resend",
    "otp login",
    "otp reset",
    "email change",
    "otp verify",
)
TIMED = frozenset(ENDPOINTS) - {"otp verify"}  # its time is mostly the worker's, run within


class TestStranger:
    @pytest.mark.parametrize("what", ENDPOINTS)
    async def test_cannot_tell_known_from_unknown(
        self, client: httpx.AsyncClient, stranger: Stranger, what: str
    ) -> None:
        ada = await register(client)
        ask = asking(client, what, ada)
        known, unknown = await stranger.compare(ask, SAMPLES if what in TIMED else 2)
        assert known.answers == unknown.answers
        assert len(known.answers) == 1
        assert known.work == unknown.work
        if not FULL or what not in TIMED:
            return
        apart, likely = told_apart(known, unknown)
        if likely <= LIKELY or apart >= APART:  # once in a hundred by chance; what is no chance comes again
            apart, likely = told_apart(*await stranger.compare(ask, SAMPLES))
        account("I9", request=what, samples=SAMPLES * 2, apart_ms=round(apart * 1000, 2), p=round(likely, 3))
        assert apart < APART
        assert likely > LIKELY

    def test_has_a_ruler_that_can_tell(self) -> None:
        """Or equal times would prove nothing."""
        chance = random.Random(7)  # noqa: S311 - numbers to measure with, the same at each run
        fast = [chance.gauss(0.050, 0.004) for _ in range(200)]
        same = [chance.gauss(0.050, 0.004) for _ in range(200)]
        slow = [chance.gauss(0.052, 0.004) for _ in range(200)]
        assert likelihood(fast, same) > LIKELY
        assert likelihood(fast, slow) < LIKELY


SERVICE = "src/shoplytics/modules/identity/service"
TELLS = "test_i09_enumeration.py::TestStranger::test_cannot_tell_known_from_unknown"
MUTANTS = [
    Mutant(
        promise="I9",
        says="sign-in hashes nothing for an unknown user",
        file=f"{SERVICE}/sign_in.py",
        old="right = await self._hasher.verify(hashed, password)",
        new="right = hashed is not None and await self._hasher.verify(hashed, password)",
        test=f"{TELLS}[login]",
    ),
    Mutant(
        promise="I9",
        says="registering a known address is refused",
        file=f"{SERVICE}/accounts.py",
        old="        elif owner is not None and told:\n",
        new="        elif owner is not None:\n            raise NotFound\n",
        test=f"{TELLS}[register]",
    ),
    Mutant(
        promise="I9",
        says="a forgotten password of an unknown address is refused",
        file=f"{SERVICE}/passwords.py",
        old="        address = normal_email(email)\n",
        new="        address = normal_email(email)\n"
        "        if await self._users.by_email(address) is None:\n            raise InvalidOneTimeToken\n",
        test=f"{TELLS}[forgot]",
    ),
    Mutant(
        promise="I9",
        says="a code for an unknown address has no challenge to guess at",
        file=f"{SERVICE}/codes.py",
        old="        await self._asking.code(address)\n",
        new="        await self._asking.code(address)\n"
        "        if await self._users.by_email(address) is None:\n            raise NotFound\n",
        test=f"{TELLS}[otp login]",
    ),
    Mutant(
        promise="I9",
        says="a taken address is refused at once",
        file=f"{SERVICE}/emails.py",
        old="        await self._asking.code(address)\n",
        new="        await self._asking.code(address)\n"
        '        if address.startswith("known"):\n            raise EmailTaken\n',
        test=f"{TELLS}[email change]",
    ),
]
