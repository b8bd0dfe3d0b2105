"""The variants of a product that is there: which may come, and which may go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from shoplytics.kernel.errors import Conflict
from shoplytics.modules.catalog.domain.products import MAX_VARIANTS, Option, WrongVariants

MAX_VALUES = 250


class VariantExists(Conflict):
    code = "variant_exists"
    message = "The product has a variant with these options already."


class TooManyVariants(Conflict):
    code = "too_many_variants"
    message = f"A product has {MAX_VARIANTS} variants at most."


class LastVariant(Conflict):
    code = "last_variant"
    message = "A product keeps one variant at least; delete the product itself."


class OptionsChanged(Conflict):
    code = "options_changed"
    message = "The product has other options now than the variant had."


@dataclass(frozen=True, kw_only=True)
class HeldVariant:
    """With the stock of its owner's offer; a deleted one has none."""

    id: UUID
    options: Mapping[str, str]
    position: int
    offer_id: UUID | None = None
    on_hand: int = 0
    reserved: int = 0


@dataclass(frozen=True, kw_only=True)
class HeldProduct:
    """Locked, so that nobody else changes its variants; those in their order, and the deleted ones."""

    id: UUID
    version: int
    options: tuple[Option, ...]
    variants: tuple[HeldVariant, ...]
    deleted: tuple[HeldVariant, ...]

    @property
    def names(self) -> list[str]:
        return [option.name for option in self.options]

    def chosen(self, options: Mapping[str, str]) -> dict[str, str]:
        """In the order of the product's options. Raises WrongVariants unless it names just these."""
        if set(options) != set(self.names):
            known = ", ".join(self.names) or "none: set the product's options first"
            msg = f"A variant names one value of each option, and nothing else; the options are {known}."
            raise WrongVariants(msg)
        return {name: options[name] for name in self.names}

    def take(self, chosen: Mapping[str, str], *, instead_of: UUID | None = None) -> tuple[Option, ...]:
        """The options with the values that are new. Raises VariantExists, TooManyVariants, WrongVariants."""
        others = [variant for variant in self.variants if variant.id != instead_of]
        if any(variant.options == chosen for variant in others):
            raise VariantExists
        if len(others) >= MAX_VARIANTS:
            raise TooManyVariants
        return tuple(_with(option, chosen[option.name]) for option in self.options)

    def placed(self, variant_id: UUID, position: int | None) -> list[UUID]:
        """The order of the variants with this one in its place, or the last one."""
        ids = [variant.id for variant in self.variants if variant.id != variant_id]
        ids.insert(len(ids) if position is None else position - 1, variant_id)
        return ids


def _with(option: Option, value: str) -> Option:
    if value in option.values:
        return option
    if len(option.values) >= MAX_VALUES:
        msg = f"{option.name} has {MAX_VALUES} values already, which is the most."
        raise WrongVariants(msg, code="too_many_values")
    return replace(option, values=(*option.values, value))


def of_id(variants: Sequence[HeldVariant], variant_id: UUID) -> HeldVariant | None:
    return next((variant for variant in variants if variant.id == variant_id), None)
