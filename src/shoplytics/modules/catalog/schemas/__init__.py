"""Bodies of requests."""

from shoplytics.modules.catalog.schemas.attributes import AttributePatch, NewAttribute
from shoplytics.modules.catalog.schemas.categories import CategoryPatch, NewCategory
from shoplytics.modules.catalog.schemas.fields import Amount, Price
from shoplytics.modules.catalog.schemas.offers import NewOfferInput, OfferPatch, StockInput
from shoplytics.modules.catalog.schemas.prices import BulkFilter, BulkPriceInput
from shoplytics.modules.catalog.schemas.products import (
    NewProductInput,
    OptionInput,
    ProductPatch,
    VariantInput,
)
from shoplytics.modules.catalog.schemas.reviews import NewReviewInput, ReviewModeration, ReviewPatch
from shoplytics.modules.catalog.schemas.sources import ImportSourcePatch, NewImportSource
from shoplytics.modules.catalog.schemas.variants import (
    NewVariantInput,
    OptionsInput,
    VariantOrder,
    VariantPatch,
)

__all__ = [
    "Amount",
    "AttributePatch",
    "BulkFilter",
    "BulkPriceInput",
    "CategoryPatch",
    "ImportSourcePatch",
    "NewAttribute",
    "NewCategory",
    "NewImportSource",
    "NewOfferInput",
    "NewProductInput",
    "NewReviewInput",
    "NewVariantInput",
    "OfferPatch",
    "OptionInput",
    "OptionsInput",
    "Price",
    "ProductPatch",
    "ReviewModeration",
    "ReviewPatch",
    "StockInput",
    "VariantInput",
    "VariantOrder",
    "VariantPatch",
]
