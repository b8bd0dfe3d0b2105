"""An address in a body: written out, or one of the caller's own book."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.kernel.patterns import ONE_LINE


class AddressForm(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Either `address_id` alone, an address of yours (`/me/addresses`); or `name`, `address1`, `city` and
    `country` (ISO 3166-1 alpha-2), and what else there is to say. Each is one line.
    """

    address_id: UUID | UnsetType = UNSET
    name: Annotated[str, Meta(max_length=120, pattern=ONE_LINE, examples=["Ada Obi"])] = ""
    address1: Annotated[str, Meta(max_length=200, pattern=ONE_LINE, examples=["12 Marina Road"])] = ""
    city: Annotated[str, Meta(max_length=120, pattern=ONE_LINE, examples=["Lagos"])] = ""
    country: Annotated[str, Meta(max_length=2, examples=["NG"])] = ""
    company: Annotated[str, Meta(max_length=120, pattern=ONE_LINE)] = ""
    address2: Annotated[str, Meta(max_length=200, pattern=ONE_LINE)] = ""
    province: Annotated[str, Meta(max_length=120, pattern=ONE_LINE)] = ""
    zip: Annotated[str, Meta(max_length=20, pattern=ONE_LINE)] = ""
    phone: Annotated[str, Meta(max_length=40, pattern=ONE_LINE)] = ""
