"""What sales has to say to buyers."""

from typing import ClassVar

from shoplytics.kernel.letters import Letter
from shoplytics.kernel.preferences import MailKind


class OrderShippedLetter(Letter, frozen=True, kw_only=True):
    """A parcel is on its way; `pieces` names what is in it, a line each. Empty is what nobody knows."""

    template: ClassVar[str] = "order_shipped"

    store: str
    number: str
    pieces: tuple[str, ...]
    carrier: str
    tracking_number: str


class CartReminderLetter(Letter, frozen=True, kw_only=True):
    """A cart was left behind; `more` counts lines that `pieces` does not name.

    `token` stands in both links: a shop with pages of its own makes its own of it. `stop` ends reminders.
    """

    template: ClassVar[str] = "cart_reminder"
    kind: ClassVar[MailKind] = MailKind.ABANDONED_CART

    store: str
    pieces: tuple[str, ...]
    more: int
    link: str
    stop: str
    token: str
