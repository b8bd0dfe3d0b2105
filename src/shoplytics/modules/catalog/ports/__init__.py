"""What the catalogue needs from outside."""

from shoplytics.modules.catalog.ports.attributes import AttributeRepository
from shoplytics.modules.catalog.ports.categories import CategoryRepository, PublicCategories
from shoplytics.modules.catalog.ports.exports import ProductPages, ProductsPage
from shoplytics.modules.catalog.ports.gallery import GalleryRepository, NewImage
from shoplytics.modules.catalog.ports.imports import ImportRepository
from shoplytics.modules.catalog.ports.lists import FoundProducts, ProductFilter, ProductQuery, PublicCatalog
from shoplytics.modules.catalog.ports.offers import Effect, LowOffer, OfferRepository
from shoplytics.modules.catalog.ports.popularity import CountedSale, PopularityRepository
from shoplytics.modules.catalog.ports.prices import PriceRepository, PriceTally
from shoplytics.modules.catalog.ports.products import CatalogRepository
from shoplytics.modules.catalog.ports.reports import ChangesPage, ChangeSummary, ReportPages, ReportRepository
from shoplytics.modules.catalog.ports.reviews import (
    NewReview,
    PublicReviews,
    ReviewRepository,
    ReviewsWanted,
)
from shoplytics.modules.catalog.ports.sources import DueSource, SourceRepository, SourceState
from shoplytics.modules.catalog.ports.stock import (
    Freed,
    Held,
    MovementFilter,
    MovementReader,
    ReservationRepository,
    Touched,
)
from shoplytics.modules.catalog.ports.variants import VariantRepository

__all__ = [
    "AttributeRepository",
    "CatalogRepository",
    "CategoryRepository",
    "ChangeSummary",
    "ChangesPage",
    "CountedSale",
    "DueSource",
    "Effect",
    "FoundProducts",
    "Freed",
    "GalleryRepository",
    "Held",
    "ImportRepository",
    "LowOffer",
    "MovementFilter",
    "MovementReader",
    "NewImage",
    "NewReview",
    "OfferRepository",
    "PopularityRepository",
    "PriceRepository",
    "PriceTally",
    "ProductFilter",
    "ProductPages",
    "ProductQuery",
    "ProductsPage",
    "PublicCatalog",
    "PublicCategories",
    "PublicReviews",
    "ReportPages",
    "ReportRepository",
    "ReservationRepository",
    "ReviewRepository",
    "ReviewsWanted",
    "SourceRepository",
    "SourceState",
    "Touched",
    "VariantRepository",
]
