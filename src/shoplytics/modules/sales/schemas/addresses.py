"""An address in a body: written out, or one of the caller's own book."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType


class AddressForm(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Either `address_id` alone, an address of yours (`/me/addresses`); or `name`, `address1`, `city` and
    `country` (ISO 3166-1 alpha-2), and what else there is to say.
    """

    address_id: UUID | UnsetType = UNSET
    name: Annotated[str, Meta(max_length=120, examples=["Ada Obi"])] = ""
    address1: Annotated[str, Meta(max_length=200, examples=["12 Marina Road"])] = ""
    city: Annotated[str, Meta(max_length=120, examples=["Lagos"])] = ""
    country: Annotated[str, Meta(max_length=2, examples=["NG"])] = ""
    company: Annotated[str, Meta(max_length=120)] = ""
    address2: Annotated[str, Meta(max_length=200)] = ""
    province: Annotated[str, Meta(max_length=120)] = ""
    zip: Annotated[str, Meta(max_length=20)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
