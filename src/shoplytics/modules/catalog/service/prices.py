"""Many prices at once: set to a value, raised or lowered by percent, seen before and audited after."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import msgspec
from msgspec import UNSET

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import FieldError, Invalid, invalid_field
from shoplytics.kernel.money import Money
from shoplytics.modules.catalog.domain import PriceRule
from shoplytics.modules.catalog.ports import PriceRepository, PriceTally, ProductFilter
from shoplytics.modules.catalog.schemas import BulkPriceInput
from shoplytics.modules.catalog.service.making import money_of
from shoplytics.modules.catalog.service.search import ProductSearch, query_of
from shoplytics.ports.catalog import BulkPriceView, PricesChanged
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import AuditLog, StoreDirectory

SHOWN = 100
WHOLE = Decimal(100)
MOST_PERCENT = Decimal(1000)


class PriceState(msgspec.Struct, kw_only=True):
    """One side of an audit row: the prices, by offer, of the examples that the answer shows too."""

    prices: Mapping[UUID, Money | None]


class PriceDeed(PriceState, kw_only=True):
    """The other side: what was asked, and how many offers it reached."""

    asked: BulkPriceInput
    matched: int
    changed: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class _Wish:
    rule: PriceRule
    ids: list[UUID] | None
    wanted: ProductFilter


class BulkPrices:
    """Works within the store of its unit of work; ids of other stores match nothing."""

    def __init__(
        self,
        *,
        prices: PriceRepository,
        stores: StoreDirectory,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._prices = prices
        self._stores = stores
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def change(self, *, store_id: UUID, actor: Actor, data: BulkPriceInput) -> BulkPriceView:
        """A dry run tells what would happen and changes nothing. Raises Invalid."""
        facts = await self._stores.facts(store_id)
        wish = _wish(data, store_id, facts.currency)
        if data.dry_run:
            tally = await self._prices.preview(wish.rule, store_id=store_id, ids=wish.ids, wanted=wish.wanted)
        else:
            tally = await self._prices.change(
                wish.rule, store_id=store_id, ids=wish.ids, wanted=wish.wanted, now=self._clock()
            )
            await self._tell(store_id, actor, data, tally)
        return BulkPriceView(dry_run=data.dry_run, **msgspec.structs.asdict(tally))

    async def _tell(self, store_id: UUID, actor: Actor, data: BulkPriceInput, tally: PriceTally) -> None:
        before = {one.offer_id: one.before for one in tally.examples}
        after = {one.offer_id: one.after for one in tally.examples}
        await self._audit.record(
            actor=actor,
            action="products.bulk-price",
            target=f"store:{store_id}",
            store_id=store_id,
            before=PriceState(prices=before),
            after=PriceDeed(
                prices=after,
                asked=_brief(data),
                matched=tally.matched,
                changed=tally.changed,
                refused=tally.refused,
            ),
        )
        if tally.changed:
            await self._outbox.add(PricesChanged(store_id=store_id, offers=tally.changed))


def _brief(data: BulkPriceInput) -> BulkPriceInput:
    """With no more ids than the answer has examples."""
    return data if data.ids is UNSET else msgspec.structs.replace(data, ids=data.ids[:SHOWN])


def _wish(data: BulkPriceInput, store_id: UUID, currency: str) -> _Wish:
    """Raises Invalid with everything that is wrong between the fields."""
    errors = []
    if (data.set is UNSET) == (data.increase_percent is UNSET):
        errors.append(FieldError("/set", "one_of", "Give exactly one of set and increase_percent."))
    if (data.ids is UNSET) == (data.filter is UNSET):
        errors.append(FieldError("/ids", "one_of", "Give exactly one of ids and filter."))
    if errors:
        raise Invalid(errors=errors)
    return _Wish(
        rule=PriceRule(
            to=None if data.set is UNSET else money_of(data.set, currency, "/set").minor,
            factor=None if data.increase_percent is UNSET else _factor(data.increase_percent),
            old_price_compares=data.compare_at == "old_price",
        ),
        ids=None if data.ids is UNSET else data.ids,
        wanted=_filters(data, store_id),
    )


def _factor(text: str) -> Decimal:
    percent = Decimal(text)
    if not -WHOLE < percent <= MOST_PERCENT:
        message = "A percentage is above -100 and at most 1000."
        raise invalid_field("/increase_percent", "out_of_range", message)
    return (WHOLE + percent) / WHOLE


def _filters(data: BulkPriceInput, store_id: UUID) -> ProductFilter:
    asked = {} if data.filter is UNSET else msgspec.structs.asdict(data.filter)
    given = {name: value for name, value in asked.items() if value is not UNSET}
    try:
        return query_of(ProductSearch(store=store_id, **given)).filters
    except Invalid as error:
        raise Invalid(errors=[_in_body(one) for one in error.errors]) from None


def _in_body(error: FieldError) -> FieldError:
    return FieldError(f"/filter/{error.pointer.removeprefix('?')}", error.code, error.message)
