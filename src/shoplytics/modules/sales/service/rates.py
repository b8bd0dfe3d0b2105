"""A store's shipping and tax rates, as it sets them up. Which of them hold where, domain/rates.py says."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.money import Money
from shoplytics.kernel.paging import Page
from shoplytics.modules.sales.domain import KeptShippingRate, KeptTaxRate, Place, percent_of, rate_of
from shoplytics.modules.sales.ports import PageOf, SetUpFilter, SetUps
from shoplytics.modules.sales.schemas import (
    NewShippingRate,
    NewTaxRate,
    PlaceInput,
    ShippingRatePatch,
    TaxRatePatch,
)
from shoplytics.modules.sales.service.amounts import Amounts
from shoplytics.modules.sales.service.keeping import Keeping
from shoplytics.ports.sales import PlaceView, ShippingRateView, TaxRateView
from shoplytics.ports.tenancy import AuditLog, StoreDirectory


class ShippingRateService:
    def __init__(
        self, *, rates: SetUps[KeptShippingRate], stores: StoreDirectory, audit: AuditLog, clock: Clock
    ) -> None:
        self.keeping = Keeping(kept=rates, audit=audit, clock=clock, word="shipping-rate", view=_shipping)
        self._stores = stores
        self._clock = clock

    async def page(self, *, store_id: UUID, wanted: SetUpFilter, page: PageOf) -> Page[ShippingRateView]:
        return await self.keeping.page(store_id=store_id, wanted=wanted, page=page)

    async def create(self, *, store_id: UUID, data: NewShippingRate, actor: Actor) -> ShippingRateView:
        """Raises Invalid with every error, TooManySetUp."""
        store = await self._stores.facts(store_id)
        amounts, now = Amounts(store.currency), self._clock()
        made = KeptShippingRate(
            store_id=store_id,
            created_at=now,
            updated_at=now,
            name=data.name.strip(),
            amount=amounts.minor(data.amount, "/amount") or 0,
            currency=store.currency,
            free_from=amounts.minor(data.free_from, "/free_from"),
            places=_places(data.places),
            active=data.active,
        )
        made.check(*amounts.errors)
        return await self.keeping.add(made, actor=actor)

    async def change(
        self, *, store_id: UUID, rate_id: UUID, data: ShippingRatePatch, version: int | None, actor: Actor
    ) -> ShippingRateView:
        """Raises Invalid with every error, Stale."""
        rate, before = await self.keeping.to_change(store_id=store_id, ident=rate_id, version=version)
        amounts = Amounts(rate.currency)
        if data.name is not UNSET:
            rate.name = data.name.strip()
        if data.amount is not UNSET:
            rate.amount = amounts.minor(data.amount, "/amount") or 0
        if data.free_from is not UNSET:
            rate.free_from = amounts.minor(data.free_from, "/free_from")
        if data.places is not UNSET:
            rate.places = _places(data.places)
        if data.active is not UNSET:
            rate.active = data.active
        rate.check(*amounts.errors)
        return await self.keeping.changed(rate, before=before, crowded=True, actor=actor)


class TaxRateService:
    def __init__(self, *, rates: SetUps[KeptTaxRate], audit: AuditLog, clock: Clock) -> None:
        self.keeping = Keeping(kept=rates, audit=audit, clock=clock, word="tax-rate", view=_tax)
        self._clock = clock

    async def page(self, *, store_id: UUID, wanted: SetUpFilter, page: PageOf) -> Page[TaxRateView]:
        return await self.keeping.page(store_id=store_id, wanted=wanted, page=page)

    async def create(self, *, store_id: UUID, data: NewTaxRate, actor: Actor) -> TaxRateView:
        """Raises Invalid with every error, TooManySetUp."""
        now = self._clock()
        made = KeptTaxRate(
            store_id=store_id,
            created_at=now,
            updated_at=now,
            name=data.name.strip(),
            rate=rate_of(data.percent),
            inclusive=data.inclusive,
            on_shipping=data.on_shipping,
            places=_places(data.places),
            active=data.active,
        )
        made.check()
        return await self.keeping.add(made, actor=actor)

    async def change(
        self, *, store_id: UUID, rate_id: UUID, data: TaxRatePatch, version: int | None, actor: Actor
    ) -> TaxRateView:
        """Raises Invalid with every error, Stale."""
        rate, before = await self.keeping.to_change(store_id=store_id, ident=rate_id, version=version)
        if data.name is not UNSET:
            rate.name = data.name.strip()
        if data.percent is not UNSET:
            rate.rate = rate_of(data.percent)
        for name in ("inclusive", "on_shipping", "active"):
            if getattr(data, name) is not UNSET:
                setattr(rate, name, getattr(data, name))
        if data.places is not UNSET:
            rate.places = _places(data.places)
        rate.check()
        return await self.keeping.changed(rate, before=before, crowded=True, actor=actor)


def _places(sent: Sequence[PlaceInput]) -> tuple[Place, ...]:
    return tuple(Place(country=one.country.upper(), province=one.province.strip()) for one in sent)


def _named(places: Sequence[Place]) -> list[PlaceView]:
    return [PlaceView(country=place.country, province=place.province) for place in places]


def _shipping(one: KeptShippingRate) -> ShippingRateView:
    return ShippingRateView(
        id=one.id,
        store_id=one.store_id,
        name=one.name,
        amount=Money(one.amount, one.currency),
        free_from=None if one.free_from is None else Money(one.free_from, one.currency),
        places=_named(one.places),
        active=one.active,
        version=one.version,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


def _tax(one: KeptTaxRate) -> TaxRateView:
    return TaxRateView(
        id=one.id,
        store_id=one.store_id,
        name=one.name,
        percent=percent_of(one.rate),
        inclusive=one.inclusive,
        on_shipping=one.on_shipping,
        places=_named(one.places),
        active=one.active,
        version=one.version,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )
