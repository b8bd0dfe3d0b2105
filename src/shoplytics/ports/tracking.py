"""Tracking: visits. Views, events and what other modules may ask."""

from datetime import date
from typing import ClassVar
from uuid import UUID

import msgspec

from shoplytics.kernel.events import Event


class ProductVisits(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    visits: int


class VisitsRecorded(Event, frozen=True, kw_only=True):
    """A batch of visits was stored; `products` counts those of product pages (the catalogue's popularity)."""

    type: ClassVar[str] = "tracking.visits-recorded"

    day: date
    visits: int
    products: tuple[ProductVisits, ...]
