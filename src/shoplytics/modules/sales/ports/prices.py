"""What pricing a cart needs of the stores' set-up: one statement for all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.modules.sales.domain import Discount, ShippingRate, TaxRate


class WantedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a cart; `unit_price` in minor units as the shopper saw it last, `id` the line's own."""

    id: UUID
    offer_id: UUID
    quantity: int
    unit_price: int


@dataclass(frozen=True, kw_only=True)
class PriceBook:
    """Of one store, the oldest first: automatic discounts and those of the codes asked for, rates, taxes.

    Discounts that do not run, or are used up, are here too when their code was asked for.
    """

    discounts: tuple[Discount, ...] = ()
    shipping: tuple[ShippingRate, ...] = ()
    taxes: tuple[TaxRate, ...] = ()


class PriceBooks(Protocol):
    async def books(
        self, *, store_ids: Sequence[UUID], codes: Sequence[str], shoppers: Sequence[bytes]
    ) -> Mapping[UUID, PriceBook]:
        """`shoppers` are the hashed names whose uses count against limits (see service/shoppers.py)."""
        ...
