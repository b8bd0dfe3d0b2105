"""The body of an order that staff place for a customer."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from shoplytics.modules.sales.schemas.addresses import AddressForm

Code = Annotated[str, Meta(min_length=3, max_length=40)]


class StaffLine(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    variant_id: UUID
    quantity: Annotated[int, Meta(ge=1, le=9_999)]


class StaffOrderForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """At today's prices of the store. The cheapest shipping unless `rate_id` names one of its rates.

    `paid`: the money came in already, in cash or by a transfer.
    """

    lines: Annotated[list[StaffLine], Meta(min_length=1, max_length=100)]
    email: Annotated[str, Meta(max_length=254, examples=["ada@example.com"])]
    shipping_address: AddressForm
    billing_address: AddressForm | None = None
    note: Annotated[str, Meta(max_length=2000)] = ""
    codes: Annotated[list[Code], Meta(max_length=10)] = msgspec.field(default_factory=list)
    rate_id: UUID | None = None
    paid: bool = False
