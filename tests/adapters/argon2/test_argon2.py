"""argon2id with its real cost."""

import asyncio
from collections.abc import Iterator

import pytest

from shoplytics.adapters.argon2 import Argon2Hasher
from shoplytics.bootstrap import open_infra
from shoplytics.kernel.errors import Unavailable
from shoplytics.settings import Settings


@pytest.fixture
def hasher() -> Iterator[Argon2Hasher]:
    opened = Argon2Hasher(slots=1, waiting=1)
    yield opened
    opened.close()


class TestArgon2:
    async def test_has_the_parameters_we_promise(self, hasher: Argon2Hasher) -> None:
        assert (await hasher.hash("secret")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    async def test_serves_every_process_with_them(self, settings: Settings) -> None:
        async with open_infra(settings) as infra:
            assert (await infra.hasher.hash("secret")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    async def test_knows_the_password_it_hashed(self, hasher: Argon2Hasher) -> None:
        hashed = await hasher.hash("secret")
        assert await hasher.verify(hashed, "secret")
        assert not await hasher.verify(hashed, "Secret")
        assert not hasher.outdated(hashed)

    @pytest.mark.parametrize("hashed", [None, "", "not a hash"])
    async def test_never_matches_without_a_sound_hash(self, hasher: Argon2Hasher, hashed: str | None) -> None:
        assert not await hasher.verify(hashed, "secret")

    def test_calls_weaker_parameters_outdated(self, hasher: Argon2Hasher) -> None:
        assert hasher.outdated("$argon2id$v=19$m=4096,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")

    async def test_refuses_more_than_may_wait(self, hasher: Argon2Hasher) -> None:
        results = await asyncio.gather(*(hasher.hash("x") for _ in range(4)), return_exceptions=True)
        refused = [result for result in results if isinstance(result, Unavailable)]
        assert len(refused) == 2
        assert refused[0].retry_after == 1
        assert await hasher.hash("again")
