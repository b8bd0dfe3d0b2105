"""A part of a file against what the store has: what to write, and how many of each outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from shoplytics.kernel.ids import new_id
from shoplytics.modules.catalog.domain import (
    ChangeKind,
    KnownOffer,
    KnownProduct,
    Plan,
    WantedProduct,
    WantedVariant,
    added_change,
    new_product,
    offer_change,
    plan_offers,
    plan_product,
)
from shoplytics.modules.catalog.ports import ImportRepository
from shoplytics.modules.catalog.service.making import slug_of
from shoplytics.ports.jobs import RowError


@dataclass(kw_only=True, eq=False)
class Outcome:
    plan: Plan = field(default_factory=Plan)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)

    def refuse(self, line: int, code: str, message: str, row: str) -> None:
        self.errors.append(RowError(line=line, code=code, message=message, row=row))


def below_reserved(known: KnownOffer | None, wanted: WantedVariant) -> bool:
    return known is not None and wanted.on_hand is not None and wanted.on_hand < known.reserved


class _Planner:
    def __init__(self, catalog: ImportRepository, *, store_id: UUID, actor: str, now: datetime) -> None:
        self._catalog = catalog
        self._store_id = store_id
        self._actor = actor
        self._now = now

    def _make(self, wanted: WantedProduct, outcome: Outcome) -> None:
        product = new_product(wanted, store_id=self._store_id, actor=self._actor, now=self._now)
        outcome.plan.changes += [
            added_change(
                ChangeKind.CREATED, variant, line=row.line, product_id=product.id, title=product.title
            )
            for variant, row in zip(product.variants, wanted.variants, strict=True)
        ]
        outcome.plan.products.append(product)
        outcome.created += 1


class InventoryPlanner(_Planner):
    """By SKU: a known offer takes price and stock, an unknown one becomes a product of its own."""

    async def plan(self, wanted: Sequence[WantedProduct]) -> Outcome:
        outcome = Outcome()
        skus = [product.variants[0].sku or "" for product in wanted]
        known = await self._catalog.offers_by_sku(store_id=self._store_id, skus=skus)
        fresh = [product for product, sku in zip(wanted, skus, strict=True) if sku not in known]
        for product, sku in zip(wanted, skus, strict=True):
            offer = known.get(sku)
            if offer is not None:
                self._update(offer, product, outcome)
        for product in await self._with_slugs(fresh):
            self._make(product, outcome)
        return outcome

    def _update(self, offer: KnownOffer, product: WantedProduct, outcome: Outcome) -> None:
        variant = product.variants[0]
        if below_reserved(offer, variant):
            message = f"{offer.reserved} are reserved for orders."
            outcome.refuse(variant.line, "below_reserved", message, variant.row)
            return
        changed = plan_offers(offer, variant)
        if changed is None:
            outcome.unchanged += 1
        else:
            outcome.plan.offer_sets.append(changed)
            outcome.plan.changes.append(
                offer_change(offer, changed, line=variant.line, title=product.title or "")
            )
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
    """By handle, which is the slug, and by option values within the product."""

    async def plan(self, wanted: Sequence[WantedProduct]) -> Outcome:
        outcome = Outcome()
        slugs = [product.slug for product in wanted]
        skus = [variant.sku for product in wanted for variant in product.variants if variant.sku is not None]
        known = await self._catalog.products_by_slug(store_id=self._store_id, slugs=slugs)
        sold = await self._catalog.offers_by_sku(store_id=self._store_id, skus=skus)
        for product in wanted:
            there = known.get(product.slug)
            product.variants = list(self._usable(product, there, sold, outcome))
            if there is not None:
                changed = plan_product(there, product, outcome.plan)
                outcome.updated += changed
                outcome.unchanged += not changed
            elif product.title is None:
                outcome.refuse(product.line, "missing_title", "A new product needs a Title.", product.row)
            elif not product.variants:
                message = "No variant of the new product can be used."
                outcome.refuse(product.line, "no_variants", message, product.row)
            else:
                self._make(product, outcome)
        return outcome

    def _usable(
        self,
        product: WantedProduct,
        there: KnownProduct | None,
        sold: Mapping[str, KnownOffer],
        outcome: Outcome,
    ) -> Sequence[WantedVariant]:
        """Without stock below what is reserved, and without SKUs that another offer of the store has.

        A row without options says nothing of the variants of a product that has some.
        """
        own = {frozenset(v.options.items()): v.offer for v in there.variants} if there else {}
        usable: list[WantedVariant] = []
        for variant in product.variants:
            if own and not variant.options and frozenset() not in own:
                if variant.sells:
                    message = "The product has options; the row names none, so its variant is not known."
                    outcome.refuse(variant.line, "missing_option", message, variant.row)
                continue
            offer = own.get(frozenset(variant.options.items()))
            if below_reserved(offer, variant):
                message = "More are reserved for orders."
                outcome.refuse(variant.line, "below_reserved", message, variant.row)
                continue
            other = sold.get(variant.sku or "")
            if other is not None and (offer is None or offer.id != other.id):
                message = f"Another offer has the SKU {variant.sku}; the variant is kept without one."
                outcome.refuse(variant.line, "sku_taken", message, variant.row)
                variant = replace(variant, sku=None)  # noqa: PLW2901 - the same variant, less its SKU
            usable.append(variant)
        return usable
