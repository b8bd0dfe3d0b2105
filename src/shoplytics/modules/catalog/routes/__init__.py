"""The catalogue over HTTP: what anyone may see, and what a store does with its own."""

from shoplytics.modules.catalog.routes.attributes import AttributeController
from shoplytics.modules.catalog.routes.categories import (
    CategoryController,
    PlatformCategoryController,
    StoreCategoryController,
)
from shoplytics.modules.catalog.routes.exports import ExportController
from shoplytics.modules.catalog.routes.images import ImageController
from shoplytics.modules.catalog.routes.imports import ImportController
from shoplytics.modules.catalog.routes.offers import MovementController, OfferController
from shoplytics.modules.catalog.routes.permissions import (
    BROWSE,
    IMPORT,
    MODERATE,
    PLATFORM_CATEGORIES,
    READ,
    REVIEW,
    STOCK,
    WRITE,
)
from shoplytics.modules.catalog.routes.prices import PriceController
from shoplytics.modules.catalog.routes.products import StoreProductController
from shoplytics.modules.catalog.routes.public import ProductController
from shoplytics.modules.catalog.routes.reviews import (
    ModerationController,
    OwnReviewController,
    ProductReviewController,
    StoreReviewController,
)
from shoplytics.modules.catalog.routes.sources import ImportSourceController
from shoplytics.modules.catalog.routes.variants import OptionController, VariantController

__all__ = [
    "BROWSE",
    "IMPORT",
    "MODERATE",
    "PLATFORM_CATEGORIES",
    "READ",
    "REVIEW",
    "STOCK",
    "WRITE",
    "AttributeController",
    "CategoryController",
    "ExportController",
    "ImageController",
    "ImportController",
    "ImportSourceController",
    "ModerationController",
    "MovementController",
    "OfferController",
    "OptionController",
    "OwnReviewController",
    "PlatformCategoryController",
    "PriceController",
    "ProductController",
    "ProductReviewController",
    "StoreCategoryController",
    "StoreProductController",
    "StoreReviewController",
    "VariantController",
]
