"""Who a buyer from elsewhere is: by the number that the other system knows them by, else by their address."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

import msgspec


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A buyer as their latest order of a batch shows them; `email` is lower case. One of both is there."""

    external_id: str | None = None
    email: str | None
    name: str
    phone: str | None
    accepts_marketing: bool
    last_order_at: datetime

    @property
    def key(self) -> str:
        return key_of(self.external_id, self.email) or ""


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A customer of the store as far as it decides who somebody is."""

    id: UUID
    external_id: str | None
    email: str | None


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer gets to know of themselves; only a new one, or one without an address, gets `email`."""

    id: UUID
    new: bool
    person: Person


def key_of(external_id: str | None, email: str | None) -> str | None:
    """What tells people of a batch apart; None for somebody nobody knows."""
    if external_id is not None:
        return f"id:{external_id}"
    return None if email is None else f"email:{email}"


def matched(
    people: Sequence[Person], known: Sequence[KnownPerson], *, new_id: Callable[[], UUID]
) -> tuple[Sequence[Match], Mapping[str, UUID]]:
    """One match a customer, and each person's customer by key.

    The number decides. Where it is new, whoever has the address and no number is meant. Whoever has the
    address and another number is somebody else, and keeps it: the new customer has none.
    """
    house = _House(known, new_id)
    found = {one.key: house.find(one) for one in sorted(people, key=_numbers_first)}
    gathered: dict[UUID, Person] = {}
    for one in sorted(people, key=attrgetter("last_order_at")):
        gathered[found[one.key]] = _together(gathered.get(found[one.key]), one)
    return [house.match(ident, one) for ident, one in gathered.items()], found


class _House:
    """The store's customers while a batch is looked through."""

    def __init__(self, known: Sequence[KnownPerson], new_id: Callable[[], UUID]) -> None:
        self._new_id = new_id
        self.made: set[UUID] = set()
        self.numbers = {one.id: one.external_id for one in known}
        self.addresses = {one.id: one.email for one in known}
        self._by_number = {one.external_id: one.id for one in known if one.external_id is not None}
        self._by_address = {one.email: one.id for one in known if one.email is not None}

    def find(self, one: Person) -> UUID:
        free = one.email is not None and one.email not in self._by_address
        ident = None if one.external_id is None else self._by_number.get(one.external_id)
        if ident is None and one.email is not None:
            ident = self._by_address.get(one.email)
            if ident is not None and one.external_id is not None and self.numbers[ident] is not None:
                ident = None
        if ident is None:
            ident = self._new_id()
            self.made.add(ident)
            self.numbers[ident] = self.addresses[ident] = None
        if one.external_id is not None:
            self.numbers[ident] = one.external_id
            self._by_number[one.external_id] = ident
        if free and self.addresses[ident] is None and one.email is not None:
            self.addresses[ident] = one.email
            self._by_address[one.email] = ident
        return ident

    def match(self, ident: UUID, one: Person) -> Match:
        known = msgspec.structs.replace(one, email=self.addresses[ident], external_id=self.numbers[ident])
        return Match(id=ident, new=ident in self.made, person=known)


def _numbers_first(one: Person) -> tuple[bool, datetime, str]:
    return one.external_id is None, one.last_order_at, one.key


def _together(before: Person | None, later: Person) -> Person:
    if before is None:
        return later
    return msgspec.structs.replace(later, name=later.name or before.name, phone=later.phone or before.phone)
