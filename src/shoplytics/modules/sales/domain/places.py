"""Where a rate holds: a country, a part of it, or everywhere else."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

import msgspec


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """`country` is ISO 3166-1 alpha-2; `province` as addresses of that country write it, "" all of it."""

    country: str
    province: str = ""

    def depth(self, country: str, province: str) -> int:
        """How nearly this is there: 0 is elsewhere, 1 the country, 2 its province."""
        if self.country != country:
            return 0
        if not self.province:
            return 1
        return 2 if self.province.casefold() == province.strip().casefold() else 0


class Placed(Protocol):
    @property
    def places(self) -> Sequence[Place]:
        """None of them is everywhere that no other rate names."""
        ...


Rate = TypeVar("Rate", bound=Placed)


def nearest(rates: Iterable[Rate], *, country: str, province: str) -> list[Rate]:
    """Those that name the address's province; if there is none, its country; if none, no place at all."""
    found: dict[int, list[Rate]] = {0: [], 1: [], 2: []}
    for rate in rates:
        depth = max((place.depth(country, province) for place in rate.places), default=0)
        if depth or not rate.places:
            found[depth].append(rate)
    return found[2] or found[1] or found[0]
