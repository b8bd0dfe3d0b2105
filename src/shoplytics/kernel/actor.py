"""The one who asks."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

import msgspec

from shoplytics.kernel.access import StoreRole


class ActorKind(StrEnum):
    ANONYMOUS = "anonymous"
    USER = "user"
    API_KEY = "api_key"
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """`stores` maps each store the user works in to their role; `scopes` are an API key's permissions.

    `command` is what an operator made the system do.
    """

    kind: ActorKind = ActorKind.ANONYMOUS
    user_id: UUID | None = None
    session_id: UUID | None = None
    key_id: UUID | None = None
    platform_admin: bool = False
    stores: Mapping[UUID, StoreRole] = msgspec.field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    command: str = ""

    @property
    def label(self) -> str:
        """How logs and audit rows name the actor.

        `user:<id>`, `api_key:<id>`, `system`, `system:<command>` or `anonymous`.
        """
        if self.command:
            return f"{self.kind}:{self.command}"
        ident = self.user_id if self.kind is ActorKind.USER else self.key_id
        return f"{self.kind}:{ident}" if ident else str(self.kind)


ANONYMOUS = Actor()
SYSTEM = Actor(kind=ActorKind.SYSTEM)


def commanded(command: str) -> Actor:
    """The system, at an operator's word: one who has the machine, and need not have an account."""
    return Actor(kind=ActorKind.SYSTEM, command=command)
