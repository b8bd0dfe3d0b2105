"""What shipping costs and which taxes are due, by the address a parcel goes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shoplytics.modules.sales.domain.places import Place, nearest


@dataclass(frozen=True, kw_only=True)
class ShippingRate:
    """Minor units of the store's currency. Goods that cost `free_from` after discounts ship free."""

    id: UUID
    name: str
    amount: int
    free_from: int | None = None
    places: tuple[Place, ...] = ()

    def cost(self, goods: int) -> int:
        return 0 if self.free_from is not None and goods >= self.free_from else self.amount


@dataclass(frozen=True, kw_only=True)
class TaxRate:
    """`rate` in parts per million. `inclusive`: the shop's prices contain it; `on_shipping`: shipping too."""

    id: UUID
    name: str
    rate: int
    inclusive: bool = False
    on_shipping: bool = True
    places: tuple[Place, ...] = ()


def shipping_options(
    rates: Sequence[ShippingRate], *, country: str, province: str, goods: int
) -> list[ShippingRate]:
    """What may be chosen for this address, the cheapest first, then by name."""
    there = nearest(rates, country=country, province=province)
    return sorted(there, key=lambda rate: (rate.cost(goods), rate.name, rate.id))


def tax_rates_at(rates: Sequence[TaxRate], *, country: str, province: str) -> list[TaxRate]:
    """All that hold there hold together, as a country's and a province's do when both name the province."""
    return nearest(rates, country=country, province=province)
