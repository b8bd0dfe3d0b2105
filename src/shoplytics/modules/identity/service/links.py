"""Links that were mailed to somebody, followed."""

from datetime import datetime

from shoplytics.kernel.errors import NotFound
from shoplytics.modules.identity.domain.errors import InvalidOneTimeToken
from shoplytics.modules.identity.domain.tokens import digest
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import TokenRepository, UserRepository


async def follow(
    token: str, *, purpose: str, tokens: TokenRepository, users: UserRepository, now: datetime
) -> tuple[User, str | None]:
    """The account, locked, and the address the link went to, which it may have changed since.

    Uses the link up. Raises InvalidOneTimeToken, also when the account is gone.
    """
    used = await tokens.use(purpose=purpose, token_hash=digest(token), now=now)
    if used is None or used.user_id is None:
        raise InvalidOneTimeToken
    try:
        user = await users.for_update(used.user_id)
    except NotFound:
        raise InvalidOneTimeToken from None
    return user, used.email
