"""What tenancy has to say to people by mail."""

from datetime import datetime
from typing import ClassVar

from shoplytics.kernel.letters import Letter


class InvitationLetter(Letter, frozen=True, kw_only=True):
    """To somebody who may have no account yet; the link carries the token that lets them in."""

    template: ClassVar[str] = "invitation"

    store: str
    role: str
    link: str
    days: int


class RoleChangedLetter(Letter, frozen=True, kw_only=True):
    """To a member whose role is another one now."""

    template: ClassVar[str] = "role_changed"

    store: str
    role: str
    when: datetime


class OwnershipLetter(Letter, frozen=True, kw_only=True):
    """To both sides of a hand-over; `other` is the address of the one who does not read this one."""

    template: ClassVar[str] = "ownership_transferred"

    store: str
    gained: bool
    other: str
    when: datetime
