"""What two-factor sign-in needs from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """A user's secret, sealed, and the time step of the last code that was used."""

    secret: bytes
    last_step: int
    confirmed_at: datetime | None


class Factors(Protocol):
    """Second factors that are on, outside any unit of work: what is used stays used."""

    async def find(self, user_id: UUID) -> Factor | None: ...
    async def use_step(self, *, user_id: UUID, step: int) -> bool:
        """True for exactly one caller; no earlier step is good from then on."""
        ...

    async def use_recovery_code(self, *, user_id: UUID, code_hash: bytes, now: datetime) -> bool:
        """True for exactly one caller."""
        ...


class FactorRepository(Protocol):
    """A user's own second factor within the unit of work."""

    async def find(self, user_id: UUID, *, lock: bool = False) -> Factor | None:
        """Confirmed or not."""
        ...

    async def recovery_codes_left(self, user_id: UUID) -> int: ...
    async def begin(self, *, user_id: UUID, secret: bytes, now: datetime) -> bool:
        """In place of an unconfirmed one; False when one is confirmed."""
        ...

    async def confirm(self, *, user_id: UUID, step: int, now: datetime) -> None: ...
    async def replace_recovery_codes(
        self, *, user_id: UUID, hashes: Sequence[bytes], now: datetime
    ) -> None: ...
    async def remove(self, user_id: UUID) -> None:
        """With its recovery codes."""
        ...

    async def end_other_sessions(self, *, user_id: UUID, but: UUID | None, now: datetime) -> None:
        """They were opened with one factor alone."""
        ...
