"""Other options for a product that is there, and what becomes of its variants."""

from collections.abc import Container, Mapping, Sequence
from uuid import UUID

import msgspec

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.texts import tidy
from shoplytics.modules.catalog.domain import (
    MAX_VARIANTS,
    HeldProduct,
    NewVariant,
    Option,
    Reshaped,
    TooManyVariants,
    WantedOption,
    WantedValue,
    check_stock,
    matrix,
    merged_stock,
    reshape,
    variant_title,
)
from shoplytics.modules.catalog.ports import CatalogRepository, VariantRepository
from shoplytics.modules.catalog.schemas import OptionsInput
from shoplytics.modules.catalog.schemas.variants import ValueChange
from shoplytics.modules.catalog.service.making import new_variant, prices_of
from shoplytics.modules.catalog.service.variants import hold
from shoplytics.ports.catalog import ProductChanged, ProductOption, ProductView
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import AuditLog, StoreDirectory

MERGED = "options changed"


class OptionsState(msgspec.Struct, kw_only=True):
    """One side of an audit row: the options, and the variants by id with their titles."""

    options: list[ProductOption]
    variants: Mapping[UUID, str]


class OptionService:
    """Works within the store of its unit of work; another store's products are not found."""

    def __init__(
        self,
        *,
        catalog: CatalogRepository,
        variants: VariantRepository,
        stores: StoreDirectory,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._variants = variants
        self._stores = stores
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def change(
        self, *, store_id: UUID, product_id: UUID, data: OptionsInput, version: int | None, actor: Actor
    ) -> ProductView:
        """Raises Stale, Invalid, LastVariant, StockReserved, StockLeft and TooManyVariants."""
        store = await self._variants.known_store(await self._stores.facts(store_id))
        product = await hold(self._variants, store_id=store_id, product_id=product_id, version=version)
        prices = prices_of(data, store.currency)
        made = reshape(product, _wanted(data, product))
        filled = _missing(made, prices) if data.fill else []
        now = self._clock()
        await self._let_go(store_id, product, made, data.stock, actor)
        await self._variants.rename(_renamed(product, made), store_id=store_id, now=now)
        await self._variants.add(filled, product_id=product_id, store=store, actor=actor.label, now=now)
        ids = [*made.staying, *(variant.id for variant in filled)]
        await self._variants.arrange(ids, store_id=store_id, now=now)
        await self._variants.describe(made.options, store_id=store_id, product_id=product_id, now=now)
        await self._outbox.add(ProductChanged(store_id=store_id, product_id=product_id, deleted=False))
        await self._note(actor, store_id, product, made, filled)
        changed = await self._catalog.view(store_id=store_id, product_id=product_id)
        if changed is None:
            raise NotFound
        return changed

    async def _let_go(
        self, store_id: UUID, product: HeldProduct, made: Reshaped, stock: str, actor: Actor
    ) -> None:
        check_stock(product, made, kept=stock != "refuse")
        now = self._clock()
        if stock == "merge":
            await self._variants.merge_stock(
                merged_stock(product, made), store_id=store_id, reason=MERGED, actor=actor.label, now=now
            )
        await self._variants.delete(made.gone, store_id=store_id, now=now)

    async def _note(
        self,
        actor: Actor,
        store_id: UUID,
        product: HeldProduct,
        made: Reshaped,
        filled: Sequence[NewVariant],
    ) -> None:
        before = {variant.id: variant_title(variant.options) for variant in product.variants}
        after = {variant_id: variant_title(options) for variant_id, options in made.staying.items()}
        await self._audit.record(
            actor=actor,
            action="options.change",
            target=f"product:{product.id}",
            store_id=store_id,
            before=OptionsState(options=_shown(product.options), variants=before),
            after=OptionsState(
                options=_shown(made.options),
                variants=after | {variant.id: variant.title for variant in filled},
            ),
        )


def _wanted(data: OptionsInput, product: HeldProduct) -> list[WantedOption]:
    """Words in one spelling; one that was kept in another is known by that."""
    known = {option.name: option.values for option in product.options}
    wanted = []
    for option in data.options:
        was = _was(option.name, option.was, known)
        there = known.get(option.name if was is None else was, ())
        values = []
        for one in option.values:
            change = one if isinstance(one, ValueChange) else ValueChange(value=one)
            was_value = _was(change.value, change.was, there)
            values.append(WantedValue(value=tidy(change.value), was=was_value))
        wanted.append(WantedOption(name=tidy(option.name), was=was, values=tuple(values)))
    return wanted


def _was(word: str, was: str | None, known: Container[str]) -> str | None:
    return word if was is None and word != tidy(word) and word in known else was


def _renamed(product: HeldProduct, made: Reshaped) -> dict[UUID, Mapping[str, str]]:
    """Variants with other options than before, and all where titles read in another order."""
    before = {variant.id: variant.options for variant in product.variants}
    turned = product.names != [option.name for option in made.options]
    staying = {one: options for one, options in made.staying.items() if turned or options != before[one]}
    return {**staying, **made.renamed}


def _missing(made: Reshaped, prices: tuple[int | None, int | None]) -> list[NewVariant]:
    """The combinations that no variant has, after those that stay. Raises TooManyVariants."""
    size = 1
    for option in made.options:
        size *= len(option.values)
    if size > MAX_VARIANTS:
        raise TooManyVariants
    there = [dict(options) for options in made.staying.values()]
    missing = [chosen for chosen in matrix(made.options) if chosen not in there]
    return [
        new_variant(chosen, place, None, prices, 0)
        for place, chosen in enumerate(missing, start=len(there) + 1)
    ]


def _shown(options: Sequence[Option]) -> list[ProductOption]:
    return [ProductOption(name=option.name, values=list(option.values)) for option in options]
