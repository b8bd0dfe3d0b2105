"""Which variants of a known product the rows of a file mean: those of their options, else of their SKUs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from shoplytics.modules.catalog.domain.imports import (
    KnownOffer,
    KnownProduct,
    KnownVariant,
    Renamed,
    WantedProduct,
    WantedVariant,
)
from shoplytics.modules.catalog.domain.products import tidy_options


def follow(known: KnownProduct, wanted: WantedProduct) -> Renamed | None:
    """Options that follow a SKU, by the variant; None where the file leaves open what becomes of a variant.

    A row whose options no variant has means the variant of its SKU, unless another row means that one. Where
    the options have other names, each variant must be found again, or one would be left that fits none.
    """
    before, names = _names(known), [option.name for option in wanted.options]
    if not names:
        return {}
    rows = {frozenset(row.options.items()): row for row in wanted.variants}
    own = {frozenset(variant.options.items()) for variant in known.variants}
    by_sku = {row.sku: row for key, row in rows.items() if row.sku is not None and key not in own}
    lost = [variant for variant in known.variants if frozenset(variant.options.items()) not in rows]
    renamed: dict[UUID, Mapping[str, str]] = {}
    for variant in lost:
        row = by_sku.get(variant.offer.sku or "") if variant.offer is not None else None
        same = frozenset(tidy_options(variant.options).items())
        if row is None and same not in own:  # kept in another spelling once
            row = rows.get(same)
        if row is not None and row.options not in renamed.values():
            renamed[variant.id] = row.options
    if set(before) == set(names):
        return _in_order(known.variants, names, renamed) if before != names else renamed
    taken = [*renamed.values()]
    for variant in lost:
        if variant.id not in renamed:
            chosen = _translated(variant.options, before, names)
            if chosen is None or frozenset(chosen.items()) not in rows or chosen in taken:
                return None
            renamed[variant.id] = chosen
            taken.append(chosen)
    return renamed


def _names(known: KnownProduct) -> list[str]:
    return [option.name for option in known.options]


def _in_order(variants: Sequence[KnownVariant], names: Sequence[str], renamed: Renamed) -> Renamed:
    """Every variant with its values in the new order of the options."""
    return {
        variant.id: renamed.get(variant.id) or {name: variant.options[name] for name in names}
        for variant in variants
        if set(variant.options) == set(names)
    }


def _translated(
    options: Mapping[str, str], before: Sequence[str], names: Sequence[str]
) -> Mapping[str, str] | None:
    """The same values under the new names, which take the places of those that are gone."""
    if len(before) != len(names) or set(options) != set(before):
        return None
    fresh = iter(name for name in names if name not in before)
    now = {name: name if name in names else next(fresh) for name in before}
    values = {now[name]: value for name, value in options.items()}
    return {name: values[name] for name in names}


@dataclass(frozen=True, kw_only=True)
class Claims:
    """`refused`: places of rows whose SKU another offer keeps; `freed`: offers that lose theirs."""

    refused: frozenset[int]
    freed: tuple[UUID, ...]


def claims(rows: Sequence[tuple[KnownOffer | None, WantedVariant]], sold: Mapping[str, KnownOffer]) -> Claims:
    """Of a product's rows with the offers they mean: a SKU may go to another row when its offer gets another.

    `sold` are the store's offers by SKU.
    """
    moving = {
        offer.id for offer, row in rows if offer is not None and row.sku is not None and row.sku != offer.sku
    }
    holders: dict[int, UUID] = {}
    for place, (offer, row) in enumerate(rows):
        other = sold.get(row.sku or "")
        if other is not None and (offer is None or offer.id != other.id):
            holders[place] = other.id
    refused: set[int] = set()
    while lost := {place for place, holder in holders.items() if holder not in moving}:
        refused |= lost
        for place in lost:  # keeps its own SKU, which nobody else gets then
            del holders[place]
            offer = rows[place][0]
            if offer is not None:
                moving.discard(offer.id)
    return Claims(refused=frozenset(refused), freed=tuple(holders.values()))
