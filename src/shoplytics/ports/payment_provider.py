"""Plugins that take money: entry-point group `shoplytics.payment_providers`.

An entry point names a class that is made with one value, its `Config`: a Struct whose field `x` is the
variable `SHOPLYTICS_<NAME>_X`, by the plugin's name, and whose `__post_init__` may refuse with a ValueError.
It is a PaymentProvider, and as many of the abilities below as the vendor has. It keeps nothing of its own:
what it is asked, it asks the vendor. See docs/plugins/payment-providers.md.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from shoplytics.kernel.errors import Conflict
from shoplytics.kernel.money import Money


class PaymentRefused(Conflict):
    """The vendor will not take this payment, and the same again would not help."""

    code = "payment_refused"
    message = "The payment provider does not take this payment."


class ReferenceUsed(Conflict):
    """The vendor has begun this reference before, and does not tell again where the shopper pays."""

    code = "reference_used"
    message = "The payment provider knows this reference already."


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be paid. `reference` is ours, of letters, digits and `-`, and the vendor's idempotency key.

    The shopper comes back to `return_url`, which has a query already. `channels` are the vendor's own words
    for ways to pay. `provider_reference` is what `start` gave, for vendors that go by one of their own.
    """

    reference: str
    amount: Money
    email: str = ""
    title: str = ""
    return_url: str = ""
    channels: tuple[str, ...] = ()
    provider_reference: str | None = None


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """Where the shopper pays. `access_code` is for the vendor's widget, where it has one."""

    authorization_url: str
    access_code: str | None = None
    provider_reference: str | None = None


class Outcome(StrEnum):
    """`pending` is for everything that may still be paid, and for words that the plugin does not know."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    ABANDONED = "abandoned"


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What the vendor says of a charge. `paid` is what it took, when it took something.

    `facts` are kept as they are, so they hold no secret, no card number and nobody's address.
    """

    outcome: Outcome
    paid: Money | None = None
    facts: Mapping[str, object] = {}


class PaymentProvider(Protocol):
    """Takes money for a checkout. Answers within eight seconds, or raises Unavailable.

    Both may be asked again for the same reference, and must not charge twice for it.
    """

    name: str

    async def start(self, charge: Charge) -> Started:
        """Raises PaymentRefused, ReferenceUsed, or Unavailable when nobody knows whether it has begun."""
        ...

    async def confirm(self, charge: Charge) -> Settlement:
        """Ask now; `pending` for a reference that the vendor does not know."""
        ...


class ProviderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """That something happened, not what: nobody is believed before `confirm`.

    `id` is the same for the same message sent again. Neither reference: it is about no payment of ours.
    """

    id: str
    topic: str
    reference: str | None = None
    provider_reference: str | None = None


@runtime_checkable
class Webhooks(Protocol):
    """The vendor tells us by itself."""

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> ProviderEvent:
        """`headers` by names in lower case. Raises Unauthenticated unless the vendor signed these bytes."""
        ...


class ShopperReturn(msgspec.Struct, frozen=True, kw_only=True):
    """Which payment a shopper comes back from; whether it was paid is for `confirm` to say."""

    reference: str | None = None
    provider_reference: str | None = None


@runtime_checkable
class Returns(Protocol):
    """The vendor says in its own way who comes back; without it, `reference` of our `return_url` tells."""

    def read_return(self, query: Mapping[str, str]) -> ShopperReturn: ...


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is ours, and the same at every attempt."""

    id: str
    amount: Money
    reason: str = ""


class RefundOutcome(StrEnum):
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class Refunded(msgspec.Struct, frozen=True, kw_only=True):
    outcome: RefundOutcome
    provider_reference: str | None = None
    facts: Mapping[str, object] = {}


@runtime_checkable
class Refunds(Protocol):
    """Money goes back the way it came; without it, a refund is recorded as done by hand."""

    async def refund(self, charge: Charge, refund: Refund) -> Refunded:
        """Asked again for the same `id`, it tells how that one stands. Raises PaymentRefused, Unavailable."""
        ...


class SplitShare(msgspec.Struct, frozen=True, kw_only=True):
    """What of a charge goes to the account that the vendor keeps for a store."""

    account: str
    amount: Money


@runtime_checkable
class Splits(Protocol):
    """The vendor divides what it takes among several stores."""

    async def start_split(self, charge: Charge, shares: Sequence[SplitShare]) -> Started:
        """As `start`. The shares are at most the charge; the rest is the platform's."""
        ...
