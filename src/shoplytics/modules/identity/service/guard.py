"""How often anybody may guess at what opens an account: its password, a code, a second factor."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import Unavailable
from shoplytics.kernel.networks import network_of
from shoplytics.modules.identity.domain.tokens import digest
from shoplytics.modules.identity.ports import Guesses, KnownNetworks

GUESS = "guess"
GUESSES = 10
"""An hour at one account: of all strangers together, and of each network it was signed in to from."""
KNOWN_FOR = timedelta(days=30)
NOBODY = UUID(int=0)


class Turns:
    """One at a time per key, in this process."""

    def __init__(self) -> None:
        self._held: dict[bytes, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def turn(self, key: bytes) -> AsyncIterator[None]:
        lock, waiting = self._held.get(key, (asyncio.Lock(), 0))
        self._held[key] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            _, waiting = self._held[key]
            if waiting == 1:
                del self._held[key]
            else:
                self._held[key] = (lock, waiting - 1)


class Attempt:
    """One guess. It counts as wrong until somebody says that it was right."""

    def __init__(self) -> None:
        self.forgiven = False

    def right(self) -> None:
        self.forgiven = True


class Guard:
    """One per process; every way to prove who one is goes through the same counters."""

    def __init__(self, *, guesses: Guesses, networks: KnownNetworks, secret: bytes, clock: Clock) -> None:
        self._guesses = guesses
        self._networks = networks
        self._key = hmac.digest(secret, b"shoplytics:network:1", "sha256")
        self._clock = clock
        self._turns = Turns()

    def network(self, user_id: UUID, address: str) -> bytes:
        """What is kept of where an account was signed in to: tells nothing without the key."""
        return hmac.digest(self._key, user_id.bytes + network_of(address), "sha256")

    async def forgive(self, *, user_id: UUID, network: bytes) -> None:
        """For who proved the account's address there: its counter begins anew, that of strangers stays."""
        await self._guesses.forget(purpose=GUESS, subject=_at_home(f"user:{user_id}", network))

    @asynccontextmanager
    async def guess(self, *, user_id: UUID | None, name: str, address: str) -> AsyncIterator[Attempt]:
        """Counted before it is checked, or parallel wrong ones would go uncounted. Raises TooManyGuesses.

        Without an account `name` is what is counted, and the work is the same. In turns, or many right ones
        at once would use up each other's guesses.
        """
        who = f"user:{user_id}" if user_id else name
        network = self.network(user_id or NOBODY, address)
        since = self._clock() - KNOWN_FOR
        known = await self._networks.knows(user_id=user_id or NOBODY, network=network, since=since)
        subject = _at_home(who, network) if known else digest(f"{who} strangers")
        async with self._turns.turn(subject):
            now, attempt = self._clock(), Attempt()
            await self._guesses.take(purpose=GUESS, subject=subject, limit=GUESSES, now=now)
            try:
                yield attempt
            except Unavailable:
                attempt.right()  # it was never checked
                raise
            finally:
                if attempt.forgiven:
                    await self._guesses.give_back(purpose=GUESS, subject=subject, now=now)


def _at_home(who: str, network: bytes) -> bytes:
    return digest(f"{who} {network.hex()}")
