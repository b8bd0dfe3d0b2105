"""What tenancy has to say to people by mail."""

from typing import ClassVar

from shoplytics.kernel.letters import Letter


class InvitationLetter(Letter, frozen=True, kw_only=True):
    """To somebody who may have no account yet; the link carries the token that lets them in."""

    template: ClassVar[str] = "invitation"

    store: str
    role: str
    link: str
    days: int
