"""How often letters may be asked for: the limit is the address's, whether it has an account or not."""

from shoplytics.kernel.clock import Clock
from shoplytics.modules.identity.domain.errors import TooManyCodes, TooManyGuesses
from shoplytics.modules.identity.domain.tokens import digest
from shoplytics.modules.identity.ports import Guesses

ASKED = "asked"
LETTERS = 3
"""Of one kind, to one address, in a quarter of an hour."""


class Asking:
    """`asked` counts in a window of a quarter of an hour, where no flush or restart forgets it."""

    def __init__(self, *, asked: Guesses, clock: Clock) -> None:
        self._asked = asked
        self._clock = clock

    async def code(self, target: str) -> None:
        """Raises TooManyCodes."""
        try:
            await self._take(f"code {target}")
        except TooManyGuesses as full:
            raise TooManyCodes(retry_after=full.retry_after) from None

    async def link(self, kind: str, email: str) -> bool:
        """Whether another mail may go out; the one who asks hears the same either way."""
        try:
            await self._take(f"{kind} {email}")
        except TooManyGuesses:
            return False
        return True

    async def _take(self, what: str) -> None:
        await self._asked.take(purpose=ASKED, subject=digest(what), limit=LETTERS, now=self._clock())
