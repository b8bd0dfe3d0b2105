"""Who acts."""

from uuid import UUID

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.errors import Unauthenticated


def user_of(actor: Actor) -> UUID:
    """The signed-in user; the edge lets nobody else reach what is for users."""
    if actor.user_id is None:
        raise Unauthenticated
    return actor.user_id
