"""What identity writes to people."""

from datetime import datetime
from typing import ClassVar

from shoplytics.kernel.letters import Letter


class AddressTaken(Letter, frozen=True, kw_only=True):
    """To whoever owns an address that somebody tried to register or to change theirs to."""

    template: ClassVar[str] = "address_taken"

    name: str
    when: datetime
    link: str
