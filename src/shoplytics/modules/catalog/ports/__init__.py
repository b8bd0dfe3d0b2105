"""What the catalogue needs from outside."""

from shoplytics.modules.catalog.ports.imports import ImportRepository
from shoplytics.modules.catalog.ports.lists import FoundProducts, ProductFilter, ProductQuery, PublicCatalog
from shoplytics.modules.catalog.ports.products import CatalogRepository

__all__ = [
    "CatalogRepository",
    "FoundProducts",
    "ImportRepository",
    "ProductFilter",
    "ProductQuery",
    "PublicCatalog",
]
