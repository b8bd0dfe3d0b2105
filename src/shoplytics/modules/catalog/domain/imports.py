"""What a file wants, compared with what is there: only differences are written, so a second run writes none.

None stands for "the file does not say": what is known stays, and something new gets the default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from shoplytics.kernel.ids import new_id
from shoplytics.modules.catalog.domain.changes import ChangeKind, ImportChange
from shoplytics.modules.catalog.domain.products import NewProduct, NewVariant, Option, clean_tags
from shoplytics.modules.catalog.domain.traits import KnownTraits, TraitSet

T = TypeVar("T")
Renamed = Mapping[UUID, Mapping[str, str]]  # other options of variants


@dataclass(frozen=True, kw_only=True)
class WantedVariant:
    """One variant as the file has it; money in minor units, and 0 to compare with takes that price away.

    `line` is where it stands.
    """

    line: int
    options: Mapping[str, str] = field(default_factory=dict)
    sku: str | None = None
    price: int | None = None
    compare_at: int | None = None
    on_hand: int | None = None
    row: str = ""

    @property
    def sells(self) -> bool:
        """Whether the row says anything of the offer."""
        return any(value is not None for value in (self.sku, self.price, self.compare_at, self.on_hand))


@dataclass(frozen=True, kw_only=True)
class WantedImage:
    url: str
    alt: str


@dataclass(kw_only=True, eq=False)
class WantedProduct:
    """One product as the file has it, known by its slug; `rows` are the lines that make it, with text.

    `category` and `attributes` (by code) are cells as they stand; empty ones are left out.
    """

    line: int
    slug: str
    title: str | None
    description: str | None = None
    vendor: str | None = None
    product_type: str | None = None
    category: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] | None = None
    published: bool | None = None
    active: bool | None = None
    options: tuple[Option, ...] = ()
    variants: list[WantedVariant] = field(default_factory=list)
    images: list[WantedImage] = field(default_factory=list)
    row: str = ""
    rows: list[tuple[int, str]] = field(default_factory=list)

    @property
    def sorts(self) -> bool:
        """Whether it says anything of category and attributes."""
        return self.category is not None or bool(self.attributes)


@dataclass(frozen=True, kw_only=True)
class KnownOffer:
    """The store's offer as it is, locked."""

    id: UUID
    product_id: UUID
    sku: str | None
    price: int | None
    compare_at: int | None
    on_hand: int
    reserved: int


@dataclass(frozen=True, kw_only=True)
class KnownVariant:
    id: UUID
    options: Mapping[str, str]
    position: int
    offer: KnownOffer | None


@dataclass(frozen=True, kw_only=True)
class KnownImage:
    """`sent` to us, not linked: `url` is where we show it."""

    url: str
    alt: str
    sent: bool = False


@dataclass(frozen=True, kw_only=True)
class KnownProduct(KnownTraits):
    id: UUID
    slug: str
    description: str
    vendor: str
    tags: tuple[str, ...]
    published: bool
    active: bool
    options: tuple[Option, ...]
    variants: tuple[KnownVariant, ...]
    images: tuple[KnownImage, ...]


@dataclass(frozen=True, kw_only=True)
class OfferSet:
    """An offer's new content; `moved` is the change of stock."""

    id: UUID
    product_id: UUID
    sku: str | None
    price: int | None
    compare_at: int | None
    on_hand: int
    moved: int


@dataclass(frozen=True, kw_only=True)
class ProductSet:
    """A known product's new content."""

    id: UUID
    title: str
    description: str
    vendor: str
    product_type: str
    tags: tuple[str, ...]
    published: bool
    active: bool
    options: tuple[Option, ...]


@dataclass(kw_only=True, eq=False)
class Plan:
    """What a part of a file changes; `freed` offers give their SKU to another one of `offer_sets`."""

    products: list[NewProduct] = field(default_factory=list)
    product_sets: list[ProductSet] = field(default_factory=list)
    variants: list[tuple[UUID, NewVariant]] = field(default_factory=list)
    renamed: dict[UUID, Mapping[str, str]] = field(default_factory=dict)
    freed: list[UUID] = field(default_factory=list)
    offer_sets: list[OfferSet] = field(default_factory=list)
    images: dict[UUID, list[WantedImage]] = field(default_factory=dict)
    traits: dict[UUID, TraitSet] = field(default_factory=dict)
    changes: list[ImportChange] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many things it changes."""
        made = len(self.products) + len(self.product_sets) + len(self.variants)
        return made + len(self.offer_sets) + len(self.images) + len(self.traits)

    def touched(self) -> list[UUID]:
        """Every product the plan changes, once."""
        known = [
            *(product.id for product in self.product_sets),
            *(product_id for product_id, _ in self.variants),
            *(offer.product_id for offer in self.offer_sets),
            *self.images,
            *self.traits,
        ]
        return list(dict.fromkeys([*(product.id for product in self.products), *known]))


def compares_below(known: KnownOffer | None, wanted: WantedVariant) -> bool:
    """Whether the file makes the price to compare with one that is not above the price."""
    before = (known.price, known.compare_at) if known else (None, None)
    price, compare_at = after = _prices(before, wanted)
    return after != before and price is not None and compare_at is not None and compare_at <= price


def _prices(known: tuple[int | None, int | None], wanted: WantedVariant) -> tuple[int | None, int | None]:
    price, compare_at = known
    return (
        price if wanted.price is None else wanted.price,
        compare_at if wanted.compare_at is None else wanted.compare_at or None,
    )


def plan_offers(known: KnownOffer, wanted: WantedVariant) -> OfferSet | None:
    """The offer's new content, or None when the file says nothing new."""
    sku = known.sku if wanted.sku is None else wanted.sku
    price, compare_at = _prices((known.price, known.compare_at), wanted)
    on_hand = known.on_hand if wanted.on_hand is None else wanted.on_hand
    if (sku, price, compare_at, on_hand) == (known.sku, known.price, known.compare_at, known.on_hand):
        return None
    return OfferSet(
        id=known.id,
        product_id=known.product_id,
        sku=sku,
        price=price,
        compare_at=compare_at,
        on_hand=on_hand,
        moved=on_hand - known.on_hand,
    )


def new_variant(wanted: WantedVariant, position: int) -> NewVariant:
    return NewVariant(
        options=wanted.options,
        position=position,
        sku=wanted.sku,
        price=wanted.price,
        compare_at=wanted.compare_at or None,
        quantity=wanted.on_hand or 0,
    )


def new_product(
    wanted: WantedProduct, traits: TraitSet, *, store_id: UUID, actor: str, now: datetime
) -> NewProduct:
    return NewProduct(
        id=new_id(),
        store_id=store_id,
        title=wanted.title or wanted.slug,
        slug=wanted.slug,
        actor=actor,
        now=now,
        description=wanted.description or "",
        vendor=wanted.vendor or "",
        product_type=wanted.product_type or "",
        category_id=traits.category_id,
        attributes=traits.attributes,
        tags=wanted.tags or (),
        active=wanted.active is not False,
        published_at=None if wanted.published is False else now,
        image_url=wanted.images[0].url if wanted.images else None,
        options=wanted.options,
        images=[(image.url, image.alt) for image in wanted.images],
        variants=[new_variant(variant, place) for place, variant in enumerate(wanted.variants, start=1)],
    )


def offer_change(known: KnownOffer, changed: OfferSet, *, line: int, title: str) -> ImportChange:
    """For the report."""
    return ImportChange(
        line=line,
        kind=ChangeKind.OFFER,
        product_id=known.product_id,
        title=title,
        sku=changed.sku,
        price_from=known.price,
        price_to=changed.price,
        stock_from=known.on_hand,
        stock_to=changed.on_hand,
    )


def added_change(
    kind: ChangeKind, variant: NewVariant, *, line: int, product_id: UUID, title: str
) -> ImportChange:
    """For the report."""
    return ImportChange(
        line=line,
        kind=kind,
        product_id=product_id,
        title=title,
        sku=variant.sku,
        price_to=variant.price,
        stock_to=variant.quantity,
    )


def plan_product(
    known: KnownProduct, wanted: WantedProduct, traits: TraitSet | None, renamed: Renamed, plan: Plan
) -> bool:
    """Adds to `plan` what differs; whether anything does. `traits` are what differs of those."""
    before = plan.size
    title = wanted.title or known.title
    content = _content(known, wanted, renamed)
    plan.renamed.update(renamed)
    if content is not None:
        plan.product_sets.append(content)
    if traits is not None:
        plan.traits[known.id] = traits
    if content is not None or traits is not None:
        plan.changes.append(content_change(wanted, product_id=known.id, title=title))
    _plan_variants(known, wanted, renamed, plan)
    images = _linked(known, wanted)
    if images is not None:
        plan.images[known.id] = images
        plan.changes.append(
            ImportChange(line=wanted.line, kind=ChangeKind.IMAGES, product_id=known.id, title=title)
        )
    return plan.size != before


def content_change(wanted: WantedProduct, *, product_id: UUID, title: str) -> ImportChange:
    """For the report."""
    return ImportChange(line=wanted.line, kind=ChangeKind.CONTENT, product_id=product_id, title=title)


def _linked(known: KnownProduct, wanted: WantedProduct) -> list[WantedImage] | None:
    """The product's new linked images, or None when the file says nothing new; what was sent to us stays."""
    sent = {image.url for image in known.images if image.sent}
    linked = [WantedImage(url=image.url, alt=image.alt) for image in known.images if not image.sent]
    images = [image for image in wanted.images if image.url not in sent]
    return None if not wanted.images or images == linked else images


def _plan_variants(known: KnownProduct, wanted: WantedProduct, renamed: Renamed, plan: Plan) -> None:
    title = wanted.title or known.title
    by_options = {
        frozenset(renamed.get(variant.id, variant.options).items()): variant for variant in known.variants
    }
    position = max((variant.position for variant in known.variants), default=0)
    for variant in wanted.variants:
        there = by_options.get(frozenset(variant.options.items()))
        if there is None:
            position += 1
            made = new_variant(variant, position)
            plan.variants.append((known.id, made))
            line = variant.line
            plan.changes.append(
                added_change(ChangeKind.VARIANT, made, line=line, product_id=known.id, title=title)
            )
        elif there.offer is not None:
            changed = plan_offers(there.offer, variant)
            if changed is not None:
                plan.offer_sets.append(changed)
                plan.changes.append(offer_change(there.offer, changed, line=variant.line, title=title))


def _content(known: KnownProduct, wanted: WantedProduct, renamed: Renamed) -> ProductSet | None:
    names = ("title", "description", "vendor", "product_type", "tags", "published", "active")
    content: dict[str, Any] = {name: _newer(getattr(known, name), getattr(wanted, name)) for name in names}
    options = _merged(known, wanted, renamed)
    same = all(content[name] == getattr(known, name) for name in names)
    if options == known.options and same and not renamed:
        return None
    return ProductSet(id=known.id, options=options, **content)


def _newer(known: T, wanted: T | None) -> T:
    """What is known, where the file says nothing or the same as far as a file can."""
    if wanted is None:
        return known
    if isinstance(known, str):
        same = known.strip() == wanted
    elif isinstance(known, tuple):  # tags, which a file separates by commas
        same = clean_tags(",".join(known).split(",")) == wanted
    else:
        same = False
    return known if same else wanted


def _merged(known: KnownProduct, wanted: WantedProduct, renamed: Renamed) -> tuple[Option, ...]:
    """Known values first, new ones after; where variants were renamed the file's order, without what is gone.

    Other option names replace the old.
    """
    old = {option.name: option.values for option in known.options}
    if not wanted.options:
        return known.options
    if set(old) != {option.name for option in wanted.options}:
        return wanted.options
    before = {pair for variant in known.variants for pair in variant.options.items()}
    after = {pair for v in known.variants for pair in renamed.get(v.id, v.options).items()}
    gone = before - after
    merged = []
    for option in wanted.options:
        kept = [value for value in old[option.name] if (option.name, value) not in gone]
        values = (*option.values, *kept) if gone else (*kept, *option.values)
        merged.append(Option(name=option.name, values=tuple(dict.fromkeys(values))))
    return tuple(merged)
