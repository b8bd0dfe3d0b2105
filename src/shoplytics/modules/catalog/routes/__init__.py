"""The catalogue over HTTP: what anyone may see, and what a store does with its own."""

from shoplytics.modules.catalog.routes.exports import ExportController
from shoplytics.modules.catalog.routes.imports import ImportController
from shoplytics.modules.catalog.routes.offers import OfferController
from shoplytics.modules.catalog.routes.permissions import BROWSE, IMPORT, READ, STOCK, WRITE
from shoplytics.modules.catalog.routes.prices import PriceController
from shoplytics.modules.catalog.routes.products import StoreProductController
from shoplytics.modules.catalog.routes.public import ProductController

__all__ = [
    "BROWSE",
    "IMPORT",
    "READ",
    "STOCK",
    "WRITE",
    "ExportController",
    "ImportController",
    "OfferController",
    "PriceController",
    "ProductController",
    "StoreProductController",
]
