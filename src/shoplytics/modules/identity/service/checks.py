"""Checks whose findings are collected, so that a form hears of all its mistakes at once."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from shoplytics.kernel.errors import FieldError, Invalid
from shoplytics.modules.identity.domain.passwords import password_problem

S = TypeVar("S")
T = TypeVar("T")


class Checks:
    """Collects field errors; `settle` raises them together."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def take(self, check: Callable[[S], T], value: S) -> T | None:
        """What `check` makes of the value, or None when it refused."""
        try:
            return check(value)
        except Invalid as refusal:
            self.errors.extend(refusal.errors)
            return None

    async def password(self, password: str, *, own_words: Sequence[str], pointer: str = "/password") -> None:
        """In a thread: estimating takes milliseconds of processor time."""
        found = await asyncio.to_thread(password_problem, password, own_words=own_words, pointer=pointer)
        if found is not None:
            self.errors.append(found)

    def settle(self) -> None:
        if self.errors:
            raise Invalid(errors=self.errors)
