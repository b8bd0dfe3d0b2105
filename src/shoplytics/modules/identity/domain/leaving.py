"""How an account ends, and who may not go."""

from datetime import timedelta
from uuid import UUID

from shoplytics.kernel.errors import Conflict

RESTORABLE = timedelta(days=30)
"""How long a deleted account waits before everything personal in it is overwritten."""


class OwnsStores(Conflict):
    code = "owns_stores"
    message = "You own a store: hand it over or delete it first."


class AdminStays(Conflict):
    code = "platform_admin"
    message = "An administrator cannot leave: have another one take the right away first."


class LastAdmin(Conflict):
    code = "last_admin"
    message = "The platform needs an administrator: make somebody else one first."


class OwnAccount(Conflict):
    code = "own_account"
    message = "Not with your own account: another administrator has to do it."


class Erased(Conflict):
    code = "erased"
    message = "This account was erased; nothing is left to bring back."


def nobody(user_id: UUID) -> str:
    """An address that stands where an erased one stood; .invalid belongs to nobody (RFC 2606)."""
    return f"erased-{user_id}@erased.invalid"
