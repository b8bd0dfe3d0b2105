"""A part of a file against what the store has: what to write, and how many of each outcome."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from shoplytics.kernel.ids import new_id
from shoplytics.modules.catalog.domain import (
    ChangeKind,
    KnownOffer,
    KnownProduct,
    KnownTraits,
    Plan,
    Renamed,
    TraitSet,
    WantedProduct,
    WantedVariant,
    added_change,
    claims,
    compares_below,
    content_change,
    follow,
    new_product,
    offer_change,
    plan_offers,
    plan_product,
)
from shoplytics.modules.catalog.ports import ImportRepository
from shoplytics.modules.catalog.service.making import slug_of
from shoplytics.modules.catalog.service.sorting import Sorted, Sorter
from shoplytics.ports.jobs import RowError


@dataclass(kw_only=True, eq=False)
class Outcome:
    plan: Plan = field(default_factory=Plan)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    unmatched_categories: Counter[str] = field(default_factory=Counter)
    unmatched_attributes: Counter[str] = field(default_factory=Counter)

    def refuse(self, line: int, code: str, message: str, row: str) -> None:
        self.errors.append(RowError(line=line, code=code, message=message, row=row))


def misfit(known: KnownOffer | None, wanted: WantedVariant) -> tuple[str, str] | None:
    """Why the offer cannot become what the row says: code and sentence."""
    if known is not None and wanted.on_hand is not None and wanted.on_hand < known.reserved:
        return "below_reserved", f"{known.reserved} are reserved for orders."
    if compares_below(known, wanted):
        return "not_above_price", "The price to compare with is above the price; 0 takes it away."
    return None


class _Planner:
    def __init__(self, catalog: ImportRepository, *, store_id: UUID, actor: str, now: datetime) -> None:
        self._catalog = catalog
        self._store_id = store_id
        self._actor = actor
        self._now = now

    async def _sorter(self, wanted: Sequence[WantedProduct], *, foreign: bool) -> Sorter:
        codes = {code for product in wanted for code in product.attributes}
        taxonomy = await self._catalog.taxonomy(
            store_id=self._store_id,
            codes=sorted(codes),
            categories=any(product.category is not None for product in wanted),
        )
        return Sorter(taxonomy, foreign=foreign)

    def _make(self, wanted: WantedProduct, traits: TraitSet, outcome: Outcome) -> None:
        product = new_product(wanted, traits, store_id=self._store_id, actor=self._actor, now=self._now)
        outcome.plan.changes += [
            added_change(
                ChangeKind.CREATED, variant, line=row.line, product_id=product.id, title=product.title
            )
            for variant, row in zip(product.variants, wanted.variants, strict=True)
        ]
        outcome.plan.products.append(product)
        outcome.created += 1


class InventoryPlanner(_Planner):
    """By SKU: a known offer takes prices and stock, and its product category and attributes; an unknown one
    becomes a product of its own."""

    async def plan(self, wanted: Sequence[WantedProduct]) -> Outcome:
        outcome = Outcome()
        skus = [product.variants[0].sku or "" for product in wanted]
        known = await self._catalog.offers_by_sku(store_id=self._store_id, skus=skus)
        sorter = await self._sorter(wanted, foreign=False)
        pairs = [(known.get(sku), product) for sku, product in zip(skus, wanted, strict=True)]
        sorts = {offer.product_id for offer, product in pairs if offer is not None and product.sorts}
        traits = await self._catalog.traits(store_id=self._store_id, products=sorted(sorts)) if sorts else {}
        fresh: dict[int, TraitSet] = {}
        for offer, product in pairs:
            there = traits.get(offer.product_id) if offer is not None else None
            if offer is not None and product.sorts and there is None:
                message = "The product is of another store, which alone gives it a category and attributes."
                outcome.refuse(product.line, "of_another_store", message, product.row)
                continue
            done = sorter.sort(product, there) if there is not None or offer is None else None
            if not self._fits(offer, product, done, outcome):
                continue
            if offer is None and done is not None:
                fresh[product.line] = done.traits
            elif offer is not None:
                self._update(offer, product, traits, done, outcome)
        for product in await self._with_slugs([one for _, one in pairs if one.line in fresh]):
            self._make(product, fresh[product.line], outcome)
        return outcome

    def _fits(
        self, offer: KnownOffer | None, product: WantedProduct, done: Sorted | None, outcome: Outcome
    ) -> bool:
        """Whether nothing of the row is wrong; else every reason is noted."""
        reason = misfit(offer, product.variants[0])
        wrong = [*([reason] if reason else []), *(done.wrong if done else [])]
        for code, message in wrong:
            outcome.refuse(product.line, code, message, product.row)
        return not wrong

    def _update(
        self,
        offer: KnownOffer,
        product: WantedProduct,
        traits: dict[UUID, KnownTraits],
        done: Sorted | None,
        outcome: Outcome,
    ) -> None:
        """`traits` are as the rows before left them: a product may have many rows."""
        variant, plan = product.variants[0], outcome.plan
        changed = plan_offers(offer, variant)
        if changed is not None:
            plan.offer_sets.append(changed)
            plan.changes.append(offer_change(offer, changed, line=variant.line, title=product.title or ""))
        if done is not None and done.changed:
            there = traits[offer.product_id]
            before = plan.traits.get(offer.product_id)
            added = {**(before.attributes if before else {}), **done.traits.attributes}
            category_id = done.traits.category_id
            plan.traits[offer.product_id] = TraitSet(category_id=category_id, attributes=added)
            traits[offer.product_id] = replace(
                there, category_id=category_id, attributes={**there.attributes, **added}
            )
            plan.changes.append(content_change(product, product_id=offer.product_id, title=there.title))
        if changed is None and (done is None or not done.changed):
            outcome.unchanged += 1
        else:
            outcome.updated += 1

    async def _with_slugs(self, fresh: Sequence[WantedProduct]) -> Sequence[WantedProduct]:
        """By title; where that is taken by title and SKU; where even that is by an id of its own."""
        for product in fresh:
            product.title = product.title or product.variants[0].sku
            product.slug = slug_of(product.title or "")
        left = await self._clashing(fresh)
        for product in left:
            product.slug = slug_of(f"{product.title} {product.variants[0].sku}")
        for product in await self._clashing(left, but=fresh):
            product.slug = f"{product.slug}-{new_id().hex[-12:]}"
        return fresh

    async def _clashing(
        self, products: Sequence[WantedProduct], but: Sequence[WantedProduct] = ()
    ) -> list[WantedProduct]:
        """Those whose slug a product of the store has, or another of `products` or `but` before."""
        if not products:
            return []
        slugs = [product.slug for product in products]
        taken = await self._catalog.taken_slugs(store_id=self._store_id, slugs=slugs)
        asked = {id(product) for product in products}
        taken.update(product.slug for product in but if id(product) not in asked)
        clashing = []
        for product in products:
            if product.slug in taken:
                clashing.append(product)
            taken.add(product.slug)
        return clashing


class ShopifyPlanner(_Planner):
    """By handle, which is the slug, and by option values within the product, or else by SKU."""

    async def plan(self, wanted: Sequence[WantedProduct]) -> Outcome:
        outcome = Outcome()
        slugs = [product.slug for product in wanted]
        skus = [variant.sku for product in wanted for variant in product.variants if variant.sku is not None]
        known = await self._catalog.products_by_slug(store_id=self._store_id, slugs=slugs)
        sold = await self._catalog.offers_by_sku(store_id=self._store_id, skus=skus)
        sorter = await self._sorter(wanted, foreign=True)
        for product in wanted:
            there = known.get(product.slug)
            renamed = self._renamed(product, there, outcome)
            product.variants = self._usable(product, there, renamed, sold, outcome)
            done = self._sorted(sorter, product, there, outcome)
            if there is not None:
                traits = done.traits if done.changed else None
                changed = plan_product(there, product, traits, renamed, outcome.plan)
                outcome.updated += changed
                outcome.unchanged += not changed
            elif product.title is None:
                outcome.refuse(product.line, "missing_title", "A new product needs a Title.", product.row)
            elif not product.variants:
                message = "No variant of the new product can be used."
                outcome.refuse(product.line, "no_variants", message, product.row)
            elif not done.lacking:
                self._make(product, done.traits, outcome)
        return outcome

    def _sorted(
        self, sorter: Sorter, product: WantedProduct, there: KnownProduct | None, outcome: Outcome
    ) -> Sorted:
        """What is wrong of it is noted, and what the store has nothing like."""
        done = sorter.sort(product, there)
        for code, message in done.wrong:
            outcome.refuse(product.line, code, message, product.row)
        outcome.unmatched_attributes.update(done.unmatched)
        if done.unmatched_category is not None:
            outcome.unmatched_categories[done.unmatched_category] += 1
        return done

    def _renamed(self, product: WantedProduct, there: KnownProduct | None, outcome: Outcome) -> Renamed:
        """Where it is open what becomes of a variant, the rows change nothing of any."""
        renamed = follow(there, product) if there is not None else {}
        if renamed is not None:
            return renamed
        message = "The options have other names, and not every variant is in the file by its SKU or values."
        for variant in product.variants:
            outcome.refuse(variant.line, "unclear_options", message, variant.row)
        product.options, product.variants = (), []
        return {}

    def _usable(
        self,
        product: WantedProduct,
        there: KnownProduct | None,
        renamed: Renamed,
        sold: Mapping[str, KnownOffer],
        outcome: Outcome,
    ) -> list[WantedVariant]:
        """Without stock and prices that do not fit, and without SKUs that another offer keeps."""
        rows = self._fitting(product, there, renamed, outcome)
        found = claims(rows, sold)
        outcome.plan.freed += found.freed
        usable: list[WantedVariant] = []
        for place, (offer, variant) in enumerate(rows):
            if place not in found.refused:
                usable.append(variant)
                continue
            kept = offer.sku if offer is not None else None
            left = f"keeps {kept}" if kept else "has none"
            message = f"Another offer has the SKU {variant.sku}; this one {left}, the rest of the row counts."
            outcome.refuse(variant.line, "sku_taken", message, variant.row)
            usable.append(replace(variant, sku=None))
        return usable

    def _fitting(
        self, product: WantedProduct, there: KnownProduct | None, renamed: Renamed, outcome: Outcome
    ) -> list[tuple[KnownOffer | None, WantedVariant]]:
        """With the offers they mean, if known.

        A row without options says nothing of the variants of a product that has some.
        """
        variants = there.variants if there else ()
        own = {frozenset(renamed.get(v.id, v.options).items()): v.offer for v in variants}
        fitting = []
        for variant in product.variants:
            if own and not variant.options and frozenset() not in own:
                if variant.sells:
                    message = "The product has options; the row names none, so its variant is not known."
                    outcome.refuse(variant.line, "missing_option", message, variant.row)
                continue
            offer = own.get(frozenset(variant.options.items()))
            reason = misfit(offer, variant)
            if reason is not None:
                outcome.refuse(variant.line, *reason, variant.row)
                continue
            fitting.append((offer, variant))
        return fitting
