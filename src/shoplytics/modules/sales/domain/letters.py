"""What sales has to say to buyers."""

from typing import ClassVar

from shoplytics.kernel.letters import Letter


class OrderShippedLetter(Letter, frozen=True, kw_only=True):
    """A parcel is on its way; `pieces` names what is in it, a line each. Empty is what nobody knows."""

    template: ClassVar[str] = "order_shipped"

    store: str
    number: str
    pieces: tuple[str, ...]
    carrier: str
    tracking_number: str
