"""The catalogue's neighbours, kept in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from shoplytics.modules.catalog.domain import (
    ImportChange,
    KnownOffer,
    KnownProduct,
    KnownTraits,
    Plan,
    Taxonomy,
)
from shoplytics.modules.catalog.ports import ChangeSummary, FoundProducts, ProductQuery
from shoplytics.ports.catalog import LowStockOffer, ProductView
from shoplytics.ports.tenancy import StoreFacts

STORE = StoreFacts(
    id=uuid4(),
    name="Tea & Co",
    slug="tea",
    currency="GBP",
    timezone="UTC",
    active=True,
    low_stock_threshold=3,
)


class FakeStores:
    """One store."""

    async def facts(self, store_id: UUID) -> StoreFacts:
        return STORE


class FakeObjects:
    """Uploads in a dict."""

    def __init__(self, **files: bytes) -> None:
        self.files = files

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        self.files[key] = b"".join([chunk async for chunk in chunks])
        return len(self.files[key])

    async def read(self, key: str) -> AsyncIterator[bytes]:
        yield self.files[key]

    async def delete(self, key: str) -> None:
        self.files.pop(key, None)


@dataclass
class FakeImports:
    """What is known, and every plan that was carried out."""

    offers: dict[str, KnownOffer] = field(default_factory=dict)
    products: dict[str, KnownProduct] = field(default_factory=dict)
    traits_of: dict[UUID, KnownTraits] = field(default_factory=dict)
    sorting: Taxonomy = field(default_factory=Taxonomy)
    slugs: set[str] = field(default_factory=set)
    lines: dict[str, int] = field(default_factory=dict)
    plans: list[Plan] = field(default_factory=list)
    changes: list[ImportChange] = field(default_factory=list)

    async def lock(self, store_id: UUID) -> None:
        return None

    async def known_store(self, facts: StoreFacts) -> StoreFacts:
        return facts

    async def note_keys(self, *, store_id: UUID, job_id: UUID, lines: Mapping[str, int]) -> dict[str, int]:
        before = {key: self.lines[key] for key in lines if key in self.lines}
        self.lines.update(lines)
        return before

    async def last_lines(self, *, store_id: UUID, job_id: UUID, keys: Sequence[str]) -> dict[str, int]:
        return {key: self.lines[key] for key in keys if key in self.lines}

    async def forget_keys(self, *, store_id: UUID, job_id: UUID) -> None:
        self.lines.clear()

    async def forget_old_keys(self, *, before: UUID) -> None:
        self.lines.clear()

    async def offers_by_sku(self, *, store_id: UUID, skus: Sequence[str]) -> dict[str, KnownOffer]:
        return {sku: self.offers[sku] for sku in skus if sku in self.offers}

    async def products_by_slug(self, *, store_id: UUID, slugs: Sequence[str]) -> dict[str, KnownProduct]:
        return {slug: self.products[slug] for slug in slugs if slug in self.products}

    async def taken_slugs(self, *, store_id: UUID, slugs: Sequence[str]) -> set[str]:
        return self.slugs & set(slugs)

    async def taxonomy(self, *, store_id: UUID, codes: Sequence[str], categories: bool) -> Taxonomy:
        return self.sorting

    async def traits(self, *, store_id: UUID, products: Sequence[UUID]) -> dict[UUID, KnownTraits]:
        return {one: self.traits_of[one] for one in products if one in self.traits_of}

    async def note_changes(self, changes: Sequence[ImportChange], *, store_id: UUID, job_id: UUID) -> None:
        self.changes += changes

    async def carry_out(
        self, plan: Plan, *, store: StoreFacts, actor: str, now: datetime
    ) -> list[LowStockOffer]:
        self.plans.append(plan)
        return []


class FakeReports:
    """Every result that was kept."""

    def __init__(self) -> None:
        self.kept: list[msgspec.Struct] = []

    async def summary(self, *, store_id: UUID, job_id: UUID, currency: str, shown: int) -> ChangeSummary:
        return ChangeSummary(prices=0, stocks=0, largest_prices=[], largest_stocks=[])

    async def keep(
        self, *, store_id: UUID, job_id: UUID, source_id: UUID | None, currency: str, result: msgspec.Struct
    ) -> None:
        self.kept.append(result)

    async def forget_old(self, *, before: datetime) -> None:
        self.kept.clear()


class FakePublicCatalog:
    """Remembers what was asked, finds nothing."""

    def __init__(self) -> None:
        self.asked: list[ProductQuery] = []

    async def products(self, query: ProductQuery) -> FoundProducts:
        self.asked.append(query)
        return FoundProducts([], None, None)

    async def product(self, product_id: UUID) -> ProductView | None:
        return None
