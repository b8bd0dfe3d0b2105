"""The shelf: what sales may ask of the catalogue about what can be bought, and for how much."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.kernel.money import Money


class ShelfOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer as it is now. `sold`: it is for sale, though perhaps out of stock. `visible`: its product is
    published, and shoppers may know of it.

    `categories` are the product's and all above it. `mirrored`: the product lives in another shop and cannot
    be bought here, `elsewhere` is its address there when it is known.
    """

    offer_id: UUID
    store_id: UUID
    store_name: str
    product_id: UUID
    variant_id: UUID
    title: str
    variant_title: str
    sku: str | None
    image_url: str | None
    price: Money | None
    available: int
    sold: bool
    mirrored: bool
    elsewhere: str | None
    categories: frozenset[UUID]
    visible: bool = True


class Shelf(Protocol):
    """Reads as the system, one statement each; deleted offers are still told, as not sold."""

    async def offers(self, offer_ids: Sequence[UUID]) -> Mapping[UUID, ShelfOffer]:
        """By id; one that never was is left out."""
        ...

    async def best(self, *, variant_id: UUID, store_id: UUID | None) -> ShelfOffer | None:
        """What a shopper gets: the cheapest available one, ties to the owner, then the oldest; of one store
        only, if named. When none can be bought, one that tells why, if the variant was ever offered.
        """
        ...
