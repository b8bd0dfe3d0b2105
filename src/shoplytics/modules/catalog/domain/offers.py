"""What one store sells of one variant, its own or another's, and the rules of it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shoplytics.kernel.errors import Conflict
from shoplytics.kernel.ids import new_id


class OfferExists(Conflict):
    code = "offer_exists"
    message = "The store offers this variant already."


class OtherCurrency(Conflict):
    code = "currency_mismatch"
    message = "The product is sold in another currency than the store's."


class OwnOffer(Conflict):
    code = "own_offer"
    message = "The offer of one's own product stays as long as the product; switch it off instead."


class StockReserved(Conflict):
    code = "stock_reserved"
    message = "Units of the offer are reserved for orders; switch it off until they are sold or free."


@dataclass(frozen=True, kw_only=True)
class OpenVariant:
    """One that the store may offer."""

    product_id: UUID
    owner_id: UUID
    currency: str


@dataclass(frozen=True, kw_only=True)
class NewOffer:
    """Money in minor units of the product's currency; `actor` is who the first stock movement names."""

    store_id: UUID
    variant_id: UUID
    variant: OpenVariant
    actor: str
    now: datetime
    price: int
    sku: str | None = None
    compare_at: int | None = None
    quantity: int = 0
    low_stock_threshold: int | None = None
    active: bool = True
    id: UUID = field(default_factory=new_id)
