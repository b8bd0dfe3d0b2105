"""Counts requests, exactly, across every process."""

from typing import Protocol

import msgspec


class Allowance(msgspec.Struct, frozen=True):
    """`reset_after` is in seconds until the window ends."""

    allowed: bool
    limit: int
    remaining: int
    reset_after: int


class RateLimiter(Protocol):
    """A soft limit: with the server down all is allowed. Guesses at secrets are counted in PostgreSQL."""

    async def hit(self, key: str, *, limit: int, seconds: int) -> Allowance: ...
