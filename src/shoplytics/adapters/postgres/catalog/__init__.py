"""The catalogue in PostgreSQL: hot public reads, the store's own side, and imports in sets."""

from shoplytics.adapters.postgres.catalog.attributes import PgAttributes
from shoplytics.adapters.postgres.catalog.categories import PgCategories, PgPublicCategories
from shoplytics.adapters.postgres.catalog.exports import PgProductPages
from shoplytics.adapters.postgres.catalog.imports import PgImports
from shoplytics.adapters.postgres.catalog.lookup import catalog_lookup
from shoplytics.adapters.postgres.catalog.movements import PgMovements
from shoplytics.adapters.postgres.catalog.offers import PgOffers
from shoplytics.adapters.postgres.catalog.popularity import PgPopularity
from shoplytics.adapters.postgres.catalog.pricing import PgPrices
from shoplytics.adapters.postgres.catalog.products import PgCatalog
from shoplytics.adapters.postgres.catalog.reports import PgReportPages, PgReports
from shoplytics.adapters.postgres.catalog.reservations import PgReservations
from shoplytics.adapters.postgres.catalog.reviews import PgPublicReviews, PgReviews, PgStoreRatings
from shoplytics.adapters.postgres.catalog.sources import PgSources
from shoplytics.adapters.postgres.catalog.storefront import PgPublicCatalog
from shoplytics.adapters.postgres.catalog.variants import PgVariants

__all__ = [
    "PgAttributes",
    "PgCatalog",
    "PgCategories",
    "PgImports",
    "PgMovements",
    "PgOffers",
    "PgPopularity",
    "PgPrices",
    "PgProductPages",
    "PgPublicCatalog",
    "PgPublicCategories",
    "PgPublicReviews",
    "PgReportPages",
    "PgReports",
    "PgReservations",
    "PgReviews",
    "PgSources",
    "PgStoreRatings",
    "PgVariants",
    "catalog_lookup",
]
