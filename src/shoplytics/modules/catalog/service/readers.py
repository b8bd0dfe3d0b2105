"""Who of the people that a letter is meant for can be written to."""

from collections.abc import Iterable
from uuid import UUID

from shoplytics.kernel.errors import NotFound
from shoplytics.ports.identity import UserCard, Users


async def readers_of(users: Users, user_ids: Iterable[UUID]) -> list[UserCard]:
    """Those who still have an account and have proved their address, in the given order."""
    readers = []
    for user_id in user_ids:
        try:
            card = await users.card(user_id)
        except NotFound:
            continue
        if card.email_verified:
            readers.append(card)
    return readers
