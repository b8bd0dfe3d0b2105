"""Other options for a product that has variants: what becomes of each of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from shoplytics.kernel.errors import Conflict, FieldError, Invalid
from shoplytics.modules.catalog.domain.offers import StockReserved
from shoplytics.modules.catalog.domain.products import MAX_ON_HAND, Option, check_options
from shoplytics.modules.catalog.domain.variants import HeldProduct, HeldVariant, LastVariant


class StockLeft(Conflict):
    code = "stock_left"
    message = "Variants that would go have stock: say what becomes of it, by `stock`."


class StockHomeless(StockLeft):
    message = "A variant that would go has stock, and none that stays can take it: move it, or keep it."


@dataclass(frozen=True, kw_only=True)
class WantedValue:
    """`was` is the name of a value that is there, if it has another now."""

    value: str
    was: str | None = None


@dataclass(frozen=True, kw_only=True)
class WantedOption:
    """Like WantedValue; every value there will be, in their order."""

    name: str
    values: tuple[WantedValue, ...]
    was: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reshaped:
    """What new options make of a product's variants.

    `staying` with their options in their order; `merging` into the one of the same options that comes first;
    `leaving` because a value is gone. `renamed` are those that go, or are gone, whose words have changed.
    """

    options: tuple[Option, ...]
    staying: Mapping[UUID, Mapping[str, str]]
    merging: Mapping[UUID, UUID]
    leaving: Sequence[UUID]
    renamed: Mapping[UUID, Mapping[str, str]]

    @property
    def gone(self) -> list[UUID]:
        return [*self.merging, *self.leaving]


@dataclass(frozen=True, kw_only=True)
class StockMerge:
    """How much more or, below zero, less is on hand of an offer."""

    offer_id: UUID
    moved: int


@dataclass(frozen=True)
class _Reading:
    """A wanted option, the name it had (None: a new one) and its values by those they had."""

    name: str
    source: str | None
    values: Mapping[str, str]
    first: str

    def of(self, variant: Mapping[str, str]) -> str | None:
        """None for a value that is gone; the first value where the variant has none."""
        if self.source is None or self.source not in variant:
            return self.first
        return self.values.get(variant[self.source])


def reshape(product: HeldProduct, wanted: Sequence[WantedOption]) -> Reshaped:
    """Raises Invalid for names that are not clear, LastVariant when no variant would stay."""
    options = tuple(Option(name=o.name, values=tuple(v.value for v in o.values)) for o in wanted)
    check_options(options)
    readings = _readings(product, wanted)
    staying: dict[UUID, Mapping[str, str]] = {}
    merging: dict[UUID, UUID] = {}
    leaving: list[UUID] = []
    first: dict[tuple[str | None, ...], UUID] = {}
    for variant in product.variants:
        values = {reading.name: reading.of(variant.options) for reading in readings}
        known = {name: value for name, value in values.items() if value is not None}
        one = first.setdefault(tuple(values.values()), variant.id)
        if len(known) < len(values):
            leaving.append(variant.id)
        elif one == variant.id:
            staying[variant.id] = known
        else:
            merging[variant.id] = one
    if not staying:
        raise LastVariant
    deleted = [*product.deleted, *(variant for variant in product.variants if variant.id not in staying)]
    words = {variant.id: _renamed(variant.options, readings) for variant in deleted}
    renamed = {variant.id: words[variant.id] for variant in deleted if words[variant.id] != variant.options}
    return Reshaped(options=options, staying=staying, merging=merging, leaving=leaving, renamed=renamed)


def _readings(product: HeldProduct, wanted: Sequence[WantedOption]) -> list[_Reading]:
    known = {option.name: set(option.values) for option in product.options}
    wrong: list[FieldError] = []
    sources = [o.was if o.was is not None else o.name if o.name in known else None for o in wanted]
    readings = []
    for place, (option, source) in enumerate(zip(wanted, sources, strict=True)):
        at = f"/options/{place}"
        if option.was is not None and option.was not in known:
            wrong.append(FieldError(f"{at}/was", "unknown_option", "The product has no such option."))
        if source is not None and source in sources[:place]:
            wrong.append(FieldError(at, "given_twice", f"Two options cannot both be what {source} was."))
        values: dict[str, str] = {}
        for number, value in enumerate(option.values):
            was = value.value if value.was is None else value.was
            if value.was is not None and value.was not in known.get(source or "", ()):
                message = "The option has no such value."
                wrong.append(FieldError(f"{at}/values/{number}/was", "unknown_value", message))
            if was in values:
                message = f"Two values cannot both be what {was} was."
                wrong.append(FieldError(f"{at}/values/{number}", "given_twice", message))
            values[was] = value.value
        readings.append(_Reading(option.name, source, values, option.values[0].value))
    if wrong:
        raise Invalid(errors=wrong)
    return readings


def _renamed(options: Mapping[str, str], readings: Sequence[_Reading]) -> Mapping[str, str]:
    """Of a deleted variant: its words follow, but it neither gains nor loses an option."""
    by_source = {reading.source: reading for reading in readings if reading.source is not None}
    renamed = {}
    for name, value in options.items():
        reading = by_source.get(name)
        renamed[reading.name if reading else name] = reading.values.get(value, value) if reading else value
    return renamed if len(renamed) == len(options) else options


def check_stock(product: HeldProduct, made: Reshaped, *, kept: bool) -> None:
    """Of what goes. Raises StockReserved, and StockLeft unless it is `kept`."""
    gone = [variant for variant in product.variants if variant.id not in made.staying]
    reserved = _ids(variant for variant in gone if variant.reserved)
    if reserved:
        raise StockReserved(extra={"variants": reserved})
    stocked = _ids(variant for variant in gone if variant.on_hand)
    if stocked and not kept:
        raise StockLeft(extra={"variants": stocked})


def merged_stock(product: HeldProduct, made: Reshaped) -> list[StockMerge]:
    """What goes is added to what it merges into. Raises StockHomeless where that is not possible."""
    by_id = {variant.id: variant for variant in product.variants}
    moved: dict[UUID, int] = {}
    homeless = [variant_id for variant_id in made.leaving if by_id[variant_id].on_hand]
    for variant_id, into in made.merging.items():
        giver, taker = by_id[variant_id], by_id[into]
        if not giver.on_hand or giver.offer_id is None:
            continue
        if (
            taker.offer_id is None
            or taker.on_hand + moved.get(taker.offer_id, 0) + giver.on_hand > MAX_ON_HAND
        ):
            homeless.append(variant_id)
            continue
        moved[giver.offer_id] = -giver.on_hand
        moved[taker.offer_id] = moved.get(taker.offer_id, 0) + giver.on_hand
    if homeless:
        raise StockHomeless(extra={"variants": [str(one) for one in homeless]})
    return [StockMerge(offer_id=offer_id, moved=by) for offer_id, by in moved.items()]


def _ids(variants: Iterable[HeldVariant]) -> list[str]:
    return [str(variant.id) for variant in variants]
