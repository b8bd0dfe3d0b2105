"""I11: guesses at passwords and codes are few, however they come, and the owner gets in."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from ipaddress import ip_network
from itertools import count

import asyncpg
import httpx
import msgspec
import pytest

from shoplytics.adapters.redis.client import open_redis
from shoplytics.bootstrap import Infra
from shoplytics.settings import Settings
from tests.builders import PASSWORD, register
from tests.drain import drain
from tests.letters import token_to
from tests.proofs.proof import Mutant, account, size

AUTH = "/api/v1/auth"
ADA = "ada@example.com"
NEWER = "eleven brown owls in a barn"
HOME = "203.0.113.7"
GUESSES = size(96, 10_000)
AT_ONCE = 32
AN_HOUR = 10
A_CODE = 5


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The test's client is a proxy that is believed, so every request may come from somewhere else."""
    return msgspec.structs.replace(settings, trusted_proxies=(ip_network("127.0.0.0/8"),))


@dataclass
class Crowd:
    """Strangers from ever new networks."""

    client: httpx.AsyncClient

    def __post_init__(self) -> None:
        self._networks = count()

    def _address(self) -> str:
        number = next(self._networks)
        if number % 2:
            return f"2001:db8:{number % 65536:x}::1"
        return f"198.{18 + number // 65536 % 2}.{number // 256 % 256}.{number % 256}"

    async def post(self, path: str, body: dict[str, str], address: str | None = None) -> httpx.Response:
        headers = {"X-Forwarded-For": address or self._address()}
        return await self.client.post(AUTH + path, json=body, headers=headers)

    async def login(self, password: str, address: str | None = None) -> int:
        body = {"identifier": ADA, "password": password}
        return (await self.post("/login", body, address)).status_code

    async def code(self) -> tuple[str, int]:
        """A challenge, or the refusal of another."""
        answer = await self.post("/otp/request", {"purpose": "login", "target": ADA})
        return answer.json().get("challenge_id", ""), answer.status_code

    async def guess(self, challenge: str, code: str) -> int:
        body = {"challenge_id": challenge, "target": ADA, "purpose": "login", "code": code}
        return (await self.post("/otp/verify", body)).status_code


async def rounds(tries: Iterable[Awaitable[int]], statuses: Counter[int]) -> None:
    """So many at once."""
    statuses.update(await asyncio.gather(*tries))


async def forgetful_redis(settings: Settings) -> None:
    redis = open_redis(settings.redis_url, seconds=10)
    await redis.flushdb()
    await redis.aclose()


@pytest.fixture
def crowd(client: httpx.AsyncClient) -> Crowd:
    return Crowd(client)


class TestCrowd:
    async def test_guesses_ten_passwords_an_hour_and_the_owner_gets_in(
        self, client: httpx.AsyncClient, crowd: Crowd, infra: Infra, settings: Settings
    ) -> None:
        await register(client, ADA)
        assert await crowd.login(PASSWORD, HOME) == 200
        statuses: Counter[int] = Counter()
        for begun in range(0, GUESSES, AT_ONCE):
            await rounds((crowd.login(f"guess {begun} {n}") for n in range(AT_ONCE)), statuses)
            assert statuses[401] <= AN_HOUR  # each more would cost a hash
            if begun == GUESSES // 2 // AT_ONCE * AT_ONCE:
                await forgetful_redis(settings)
        account("I11", passwords_guessed=sum(statuses.values()), checked=statuses[401])
        assert statuses == Counter({401: AN_HOUR, 429: sum(statuses.values()) - AN_HOUR})
        assert await crowd.login(PASSWORD) == 429
        assert await crowd.login(PASSWORD, "203.0.113.99") == 200  # of the same network: at home
        await crowd.post("/password/forgot", {"email": ADA})
        elsewhere = "192.0.2.77"
        body = {"token": await token_to(infra, ADA), "password": NEWER}
        assert (await crowd.post("/password/reset", body, elsewhere)).status_code == 204
        assert await crowd.login(NEWER, elsewhere) == 200
        assert await crowd.login(NEWER) == 429
        await rounds((crowd.login(f"wrong {n}", elsewhere) for n in range(AT_ONCE)), statuses)
        assert await crowd.login(NEWER, elsewhere) == 429  # somebody at home is locked out with the owner
        await crowd.post("/password/forgot", {"email": ADA})
        body = {"token": await token_to(infra, ADA), "password": PASSWORD}
        assert (await crowd.post("/password/reset", body, elsewhere)).status_code == 204
        assert await crowd.login(PASSWORD, elsewhere) == 200
        assert await crowd.login(PASSWORD) == 429

    async def test_tries_five_codes_at_a_challenge_and_ten_at_an_account(
        self, crowd: Crowd, client: httpx.AsyncClient, owner_url: str, infra: Infra, settings: Settings
    ) -> None:
        await register(client, ADA)
        challenges: list[str] = []
        statuses: Counter[int] = Counter()
        asked: Counter[int] = Counter()
        for begun in range(0, GUESSES, AT_ONCE):
            challenge, status = await crowd.code()
            asked[status] += 1
            if status == 202:
                challenges.append(challenge)
                await drain(infra)  # the code is made; nobody of the crowd reads it
            tried = (crowd.guess(challenges[-1], f"{begun + n:06}") for n in range(AT_ONCE))
            await rounds(tried, statuses)
            assert statuses[400] <= AN_HOUR
            if begun == GUESSES // 2 // AT_ONCE * AT_ONCE:
                await forgetful_redis(settings)
        owner = await asyncpg.connect(owner_url)
        tries = [row["tries"] for row in await owner.fetch("select tries from identity_code order by id")]
        await owner.close()
        account("I11", codes_guessed=sum(statuses.values()), checked=sum(tries), challenges=asked[202])
        assert asked[202] == 3
        assert max(tries) <= A_CODE
        assert tries[0] == A_CODE  # or nothing was guessed at
        assert sum(tries) <= AN_HOUR
        assert statuses[400] == AN_HOUR
        assert set(statuses) == {400, 429}
        assert await crowd.login(PASSWORD) == 429  # the counter is one for passwords and codes

    async def test_is_no_crowd_to_who_believes_no_proxy(
        self, crowd: Crowd, client: httpx.AsyncClient
    ) -> None:
        """A header alone makes nobody known: neither at home nor elsewhere."""
        await register(client, ADA)
        statuses: Counter[int] = Counter()
        await rounds((crowd.login("wrong", f"10.0.{n}.1, {HOME}") for n in range(AT_ONCE)), statuses)
        assert statuses == Counter({401: AN_HOUR, 429: AT_ONCE - AN_HOUR})


SERVICE = "src/shoplytics/modules/identity/service"
DOORS = "src/shoplytics/adapters/postgres/identity/doors.py"
CROWD = "test_i11_guesses.py::TestCrowd"
PASSWORDS = f"{CROWD}::test_guesses_ten_passwords_an_hour_and_the_owner_gets_in"
CODES = f"{CROWD}::test_tries_five_codes_at_a_challenge_and_ten_at_an_account"
MUTANTS = [
    Mutant(
        promise="I11",
        says="each network has guesses of its own",
        file=f"{SERVICE}/guard.py",
        old='else digest(f"{who} strangers")',
        new='else digest(f"{who} {address}")',
        test=PASSWORDS,
    ),
    Mutant(
        promise="I11",
        says="a guess is counted without looking at those before",
        file=DOORS,
        old="    where (select count(*) from unnest(g.failed_at) t where t > $4) < $5\n",
        new="    where $4::timestamptz is not null and $5::int > 0\n",
        test=PASSWORDS,
    ),
    Mutant(
        promise="I11",
        says="strangers close the door at home, too",
        file=f"{SERVICE}/guard.py",
        old="_at_home(who, network) if known else",
        new='digest(f"{who} strangers") if known else',
        test=PASSWORDS,
    ),
    Mutant(
        promise="I11",
        says="who reset the password is still a stranger",
        file=f"{SERVICE}/passwords.py",
        old="        await self._renewal.know(user, client)\n",
        new="",
        test=PASSWORDS,
    ),
    Mutant(
        promise="I11",
        says="who reset the password is kept out by what was guessed from there",
        file=f"{SERVICE}/proof.py",
        old="        await self._guard.forgive(user_id=user.id, network=network)\n",
        new="",
        test=PASSWORDS,
    ),
    Mutant(
        promise="I11",
        says="tries at a code are counted and not limited",
        file=DOORS,
        old="and expires_at > $3 and tries < $2",
        new="and expires_at > $3 and $2::int > 0",
        test=CODES,
    ),
    Mutant(
        promise="I11",
        says="guesses at codes are no guesses at the account",
        file=f"{SERVICE}/codes.py",
        old="        ) as attempt:\n",
        new="        ) as attempt:\n            attempt.right()\n",
        test=CODES,
    ),
]
