"""Who shops, and by which names a shopper's uses of a discount are counted."""

import hashlib
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor, ActorKind
from shoplytics.modules.sales.domain import token_hash
from shoplytics.modules.sales.ports import CartOwner


class Shopper(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in user, a guest, or a user who comes with the cart they had as a guest.

    `guest` is the hash of a token that might be one of ours.
    """

    user_id: UUID | None = None
    guest: bytes | None = None

    @property
    def owner(self) -> CartOwner:
        """Of the cart that is theirs in the end: a signed-in user's is no guest's."""
        if self.user_id is not None:
            return CartOwner(user_id=self.user_id)
        return CartOwner(token_hash=self.guest)

    @property
    def comes_with(self) -> CartOwner | None:
        """Of the guest's cart that is to become part of the user's."""
        if self.user_id is None or self.guest is None:
            return None
        return CartOwner(token_hash=self.guest)


def shopper_of(actor: Actor, token: str | None) -> Shopper:
    """A store's key shops as a guest does: it is nobody's account."""
    user_id = actor.user_id if actor.kind is ActorKind.USER else None
    return Shopper(user_id=user_id, guest=token_hash(token))


def shopper_names(*, user_id: UUID | None, email: str | None) -> list[bytes]:
    """Hashed: a discount's counters tell nobody who bought. By account and by address, whichever is known."""
    names = []
    if user_id is not None:
        names.append(f"user:{user_id}")
    if email:
        names.append(f"email:{email.strip().lower()}")
    return [hashlib.blake2b(name.encode(), digest_size=16).digest() for name in names]
