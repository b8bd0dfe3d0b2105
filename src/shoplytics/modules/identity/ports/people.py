"""What ending accounts and looking after everybody's need from outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.ports.identity import AdminUserView


class UserSearch(msgspec.Struct, frozen=True, kw_only=True):
    """None does not filter; `deleted` lists the deleted ones instead, without those that were erased."""

    q: str | None = None
    disabled: bool | None = None
    admin: bool | None = None
    deleted: bool = False


class Rights(msgspec.Struct, frozen=True, kw_only=True):
    """What administrators change of an account; the audit log keeps it, so it names nobody."""

    disabled: bool
    platform_admin: bool
    deleted: bool


class TakenOver(msgspec.Struct, frozen=True, kw_only=True):
    """What is audited where an operator makes an account an administrator's."""

    disabled: bool
    platform_admin: bool
    password_replaced: bool = False
    sessions_ended: bool = False


class People(Protocol):
    """Everybody's accounts, deleted ones too, within the unit of work."""

    async def search(self, wanted: UserSearch, *, before: UUID | None, limit: int) -> Sequence[AdminUserView]:
        """Newest first."""
        ...

    async def count(self, wanted: UserSearch) -> int: ...
    async def get(self, user_id: UUID, *, lock: bool = False) -> AdminUserView:
        """Raises NotFound."""
        ...

    async def acting(self, user_id: UUID) -> None:
        """Administrators that change accounts queue here; to the end of the work nobody ends their rights.

        Raises NotFound for whoever is no active administrator at this moment.
        """
        ...

    async def other_admins(self, user_id: UUID) -> bool:
        """Whether another active administrator is there, once `acting` was asked."""
        ...

    async def change(self, user_id: UUID, rights: Rights, *, now: datetime) -> None:
        """Every session of the user ends, but where only the deletion is undone."""
        ...

    async def end_sessions(self, user_id: UUID, *, now: datetime) -> None: ...


class Former(msgspec.Struct, frozen=True, kw_only=True):
    """What an erased account had, for those who keep something under it: only what its user had proved."""

    email: str | None = None
    phone: str | None = None
    avatar_key: str | None = None


class Leaving(Protocol):
    """The end of one account, by its owner or when its time has come."""

    async def is_admin(self, user_id: UUID) -> bool:
        """Locks the account. Raises NotFound for one that is deleted."""
        ...

    async def delete(self, user_id: UUID, *, now: datetime) -> None: ...
    async def erase(self, user_id: UUID, *, email: str, now: datetime) -> Former:
        """Overwrites what is personal, puts `email` in the old one's place, and tells the old. NotFound."""
        ...

    async def forget(self, user_id: UUID) -> None:
        """What only workers may remove: sessions, tokens, codes and networks."""
        ...

    async def due(self, *, deleted_before: datetime, limit: int) -> Sequence[UUID]: ...


class PersonalData(Protocol):
    """One module's rows about a user, by table, as they are stored but for secrets."""

    async def of_user(self, *, user_id: UUID, email: str) -> Mapping[str, Sequence[msgspec.Raw]]: ...
