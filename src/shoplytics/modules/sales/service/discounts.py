"""A store's discounts, as it sets them up. What they take off, domain/discounts.py says."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from msgspec import UNSET, UnsetType

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import FieldError
from shoplytics.kernel.money import Money
from shoplytics.kernel.paging import Page
from shoplytics.modules.sales.domain import DiscountScope, KeptDiscount, percent_of, rate_of
from shoplytics.modules.sales.ports import PageOf, SetUpFilter, SetUps
from shoplytics.modules.sales.schemas import DiscountPatch, NewDiscount
from shoplytics.modules.sales.service.amounts import Amounts
from shoplytics.modules.sales.service.keeping import Keeping
from shoplytics.ports.catalog import CatalogLookup
from shoplytics.ports.sales import DiscountView
from shoplytics.ports.tenancy import AuditLog, StoreDirectory

T = TypeVar("T")

PLAIN = (
    "code",
    "buy",
    "get",
    "scope",
    "targets",
    "minimum_quantity",
    "starts_at",
    "ends_at",
    "limit_per_shopper",
    "combines",
    "active",
)


class DiscountService:
    def __init__(
        self,
        *,
        discounts: SetUps[KeptDiscount],
        catalog: CatalogLookup,
        stores: StoreDirectory,
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self._keeping = Keeping(kept=discounts, audit=audit, clock=clock, word="discount", view=_view)
        self._catalog = catalog
        self._stores = stores
        self._clock = clock

    async def page(self, *, store_id: UUID, wanted: SetUpFilter, page: PageOf) -> Page[DiscountView]:
        return await self._keeping.page(store_id=store_id, wanted=wanted, page=page)

    async def discount(self, *, store_id: UUID, discount_id: UUID) -> DiscountView:
        """Raises NotFound."""
        return await self._keeping.read(store_id=store_id, ident=discount_id)

    async def create(self, *, store_id: UUID, data: NewDiscount, actor: Actor) -> DiscountView:
        """Raises Invalid with every error, DiscountCodeTaken, TooManySetUp."""
        store = await self._stores.facts(store_id)
        amounts, now = Amounts(store.currency), self._clock()
        made = KeptDiscount(
            store_id=store_id,
            created_at=now,
            updated_at=now,
            title=data.title.strip(),
            kind=data.kind,
            rate=None if data.percent is None else rate_of(data.percent),
            amount=amounts.minor(data.amount, "/amount"),
            currency=store.currency,
            minimum=amounts.minor(data.minimum, "/minimum") or 0,
            limit_total=data.limit_total,
            **{name: getattr(data, name) for name in PLAIN},
        )
        await self._check(made, amounts)
        return await self._keeping.add(made, actor=actor)

    async def change(
        self, *, store_id: UUID, discount_id: UUID, data: DiscountPatch, version: int | None, actor: Actor
    ) -> DiscountView:
        """Raises Invalid with every error, Stale, DiscountCodeTaken, LimitBelowUsed, TooManySetUp."""
        discount, before = await self._keeping.to_change(
            store_id=store_id, ident=discount_id, version=version
        )
        crowded, amounts = discount.crowds, Amounts(discount.currency)
        for name in PLAIN:
            setattr(discount, name, _sent(getattr(data, name), getattr(discount, name)))
        discount.title = _sent(data.title, discount.title).strip()
        if data.percent is not UNSET:
            discount.rate = rate_of(data.percent)
        if data.amount is not UNSET:
            discount.amount = amounts.minor(data.amount, "/amount")
        if data.minimum is not UNSET:
            discount.minimum = amounts.minor(data.minimum, "/minimum") or 0
        await self._check(discount, amounts)
        if data.limit_total is not UNSET:
            discount.limit(data.limit_total)
        return await self._keeping.changed(discount, before=before, crowded=crowded, actor=actor)

    async def delete(self, *, store_id: UUID, discount_id: UUID, actor: Actor) -> None:
        """Orders keep what it took off them. Raises NotFound."""
        await self._keeping.delete(store_id=store_id, ident=discount_id, actor=actor)

    async def restore(self, *, store_id: UUID, discount_id: UUID, actor: Actor) -> DiscountView:
        """Raises NotFound, DiscountCodeTaken, TooManySetUp."""
        return await self._keeping.restore(store_id=store_id, ident=discount_id, actor=actor)

    async def _check(self, discount: KeptDiscount, amounts: Amounts) -> None:
        strangers = await self._strangers(discount.store_id, discount.scope, discount.targets)
        discount.check(*amounts.errors, *strangers)

    async def _strangers(
        self, store_id: UUID, scope: DiscountScope, targets: Sequence[UUID]
    ) -> list[FieldError]:
        if scope is DiscountScope.ALL or not targets:
            return []
        if scope is DiscountScope.PRODUCTS:
            known = set(await self._catalog.titles(store_id=store_id, product_ids=targets))
        else:
            known = set(await self._catalog.categories(store_id=store_id, category_ids=targets))
        message = f"There is none of these among the {scope} there are."
        return [
            FieldError(f"/targets/{place}", "unknown_target", message)
            for place, target in enumerate(targets)
            if target not in known
        ]


def _sent(value: T | UnsetType, kept: T) -> T:
    return kept if value is UNSET else value


def _in_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _view(one: KeptDiscount) -> DiscountView:
    return DiscountView(
        id=one.id,
        store_id=one.store_id,
        title=one.title,
        code=one.code,
        kind=one.kind.value,
        percent=None if one.rate is None else percent_of(one.rate),
        amount=None if one.amount is None else Money(one.amount, one.currency),
        buy=one.buy,
        get=one.get,
        scope=one.scope.value,
        targets=list(one.targets),
        minimum=Money(one.minimum, one.currency),
        minimum_quantity=one.minimum_quantity,
        starts_at=_in_utc(one.starts_at),
        ends_at=_in_utc(one.ends_at),
        limit_total=one.limit_total,
        limit_per_shopper=one.limit_per_shopper,
        used=one.used,
        combines=one.combines,
        active=one.active,
        version=one.version,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )
