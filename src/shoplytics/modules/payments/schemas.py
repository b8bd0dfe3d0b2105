"""Bodies of requests about payments."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from shoplytics.kernel.patterns import END

ProviderName = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_-]*" + END)]
Channel = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*" + END)]


class StartPayment(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Exactly one of `checkout_id` and `order_id`; the order stands for its whole checkout.

    Without a provider, the first of the deployment's. `channels` are the provider's words for ways to pay.
    """

    checkout_id: UUID | None = None
    order_id: UUID | None = None
    provider: ProviderName | None = None
    channels: Annotated[list[Channel], Meta(max_length=12)] = []
