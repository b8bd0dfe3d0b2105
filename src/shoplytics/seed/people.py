"""The people of the demo: invented names, and who comes back."""

from pathlib import Path
from random import Random

import msgspec

RECENT, RECENT_SHARE = 300, 0.35


class Names(msgspec.Struct, frozen=True):
    first: tuple[str, ...]
    last: tuple[str, ...]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses are of example.com (RFC 2606), so nobody is ever written to."""

    first_name: str
    last_name: str
    email: str


_NAMES = msgspec.json.decode(Path(__file__).with_name("names.json").read_bytes(), type=dict[str, Names])
BRITISH, NIGERIAN = _NAMES["british"], _NAMES["nigerian"]


class Crowd:
    """Buyers so far. Who bought more often is likelier to buy again, which gives the usual heavy tail."""

    def __init__(self, names: Names, rng: Random, *, returning: float) -> None:
        self._names = names
        self._rng = rng
        self._returning = returning
        self._bought: list[int] = []
        self.people: list[Person] = []

    def next_buyer(self) -> int:
        """The index in `people` of whoever buys now; most who return have bought lately."""
        rng = self._rng
        if self._bought and rng.random() < self._returning:
            pool = len(self._bought)
            back = rng.randrange(min(pool, RECENT) if rng.random() < RECENT_SHARE else pool)
            buyer = self._bought[pool - 1 - back]
        else:
            buyer = len(self.people)
            self.people.append(self._newcomer(buyer))
        self._bought.append(buyer)
        return buyer

    def _newcomer(self, number: int) -> Person:
        first, last = self._rng.choice(self._names.first), self._rng.choice(self._names.last)
        email = f"{first}.{last}.{number + 1}@example.com".lower()
        return Person(first_name=first, last_name=last, email=email)
