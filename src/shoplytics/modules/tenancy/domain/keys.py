"""API keys: what a program may do for a store, and never more than who answers for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.errors import Conflict, FieldError, Forbidden, Invalid
from shoplytics.kernel.ids import new_id

PREFIX = "sk_"
PREFIX_SHOWN = 8
KEY_BYTES = 32


class ScopeNotHeld(Forbidden):
    code = "scope_not_held"
    message = "Only who holds all scopes of a key may make or manage it."


class KeyExpired(Conflict):
    code = "key_expired"
    message = "The key has expired: give it another expiry, or make a new one."


def checked_scopes(scopes: Collection[str], known: Mapping[str, frozenset[StoreRole]]) -> list[str]:
    """Sorted, each once. Raises Invalid for what no key may hold, naming what one may."""
    wrong = [
        FieldError(f"/scopes/{place}", "unknown_scope", f"A key may hold: {', '.join(sorted(known))}.")
        for place, scope in enumerate(scopes)
        if scope not in known
    ]
    if wrong:
        raise Invalid(errors=wrong)
    return sorted(set(scopes))


@dataclass(kw_only=True, eq=False)
class ApiKey:
    """`holder_id` is the member it acts for: it may do what its scopes and their role both allow."""

    store_id: UUID
    name: str
    prefix: str
    key_hash: bytes
    scopes: list[str]
    holder_id: UUID
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    id: UUID = field(default_factory=new_id)

    def expect_held(self, role: StoreRole, known: Mapping[str, frozenset[StoreRole]]) -> None:
        """Raises ScopeNotHeld when `role` lacks one of its scopes."""
        if any(role not in known.get(scope, frozenset()) for scope in self.scopes):
            raise ScopeNotHeld
