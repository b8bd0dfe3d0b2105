"""Attempts to pay a checkout, and what may become of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shoplytics.kernel.errors import Conflict
from shoplytics.kernel.letters import Letter
from shoplytics.kernel.money import Money


class AmountDiffers(Conflict):
    code = "amount_differs"
    message = "That is not what is due."


class NoSuchProvider(Conflict):
    code = "no_such_provider"
    message = "Payments are not taken that way here."


class PaymentBegun(Conflict):
    code = "payment_begun"
    message = "The payment is being begun; ask again in a moment."


class PaymentMismatchLetter(Letter, frozen=True, kw_only=True):
    """To those who look after the platform. `late`: it was the right money, when nothing was due any more.

    `paid` is empty where the provider did not say.
    """

    template: ClassVar[str] = "payment_mismatch"

    payment: str
    expected: str
    paid: str
    late: bool
    link: str


class Finding(StrEnum):
    """What was found out about an attempt."""

    BOOKED = "booked"  # the money came, and paid the orders
    SPARE = "spare"  # the money came, and nothing was to be paid any more
    WRONG = "wrong"  # other money came than was asked for
    FAILED = "failed"
    LEFT = "left"


# Money may come for an attempt that was given up; a failure found out late takes nothing back.
MONEY_MAY_COME = ("pending", "failed", "abandoned")
MOVES: Mapping[Finding, Mapping[str, str]] = {
    Finding.BOOKED: dict.fromkeys(MONEY_MAY_COME, "settled"),
    Finding.SPARE: dict.fromkeys(MONEY_MAY_COME, "late"),
    Finding.WRONG: dict.fromkeys(MONEY_MAY_COME, "mismatch"),
    Finding.FAILED: {"pending": "failed"},
    Finding.LEFT: {"pending": "abandoned"},
}


@dataclass(frozen=True, kw_only=True)
class Share:
    """What of a payment is for one order of one store."""

    store_id: UUID
    order_id: UUID
    number: str
    money: Money


@dataclass(kw_only=True, eq=False)
class Payment:
    """`reference` is what the provider knows it by, `provider_reference` the provider's own."""

    id: UUID
    checkout_id: UUID
    provider: str
    reference: str
    money: Money
    created_at: datetime
    status: str = "pending"
    user_id: UUID | None = None
    token_hash: bytes | None = None
    channels: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    authorization_url: str | None = None
    access_code: str | None = None
    provider_reference: str | None = None
    paid: Money | None = None
    settled_at: datetime | None = None

    @property
    def awaits_money(self) -> bool:
        return self.status in MONEY_MAY_COME

    def find(self, finding: Finding, *, now: datetime, paid: Money | None = None) -> bool:
        """False when that changes nothing: it was known, or something better was."""
        after = MOVES[finding].get(self.status)
        if after is None:
            return False
        self.status = after
        if finding is Finding.BOOKED:
            self.settled_at = now
        if paid is not None and (finding is not Finding.BOOKED):
            self.paid = paid
        return True
