"""What people do with the catalogue: look, keep it, import into it."""

from shoplytics.modules.catalog.service.attributes import AttributeService
from shoplytics.modules.catalog.service.catalog import CatalogService
from shoplytics.modules.catalog.service.categories import CategoryDirectory, CategoryService
from shoplytics.modules.catalog.service.exporting import ProductExports
from shoplytics.modules.catalog.service.gallery import MAKE_IMAGE, Gallery, ImageMade, MakeImage
from shoplytics.modules.catalog.service.importing import (
    IMPORT_PRODUCTS,
    CatalogImports,
    ImportFile,
    ImportProducts,
    Layout,
)
from shoplytics.modules.catalog.service.intake import Arrival, Intake, SourceDoor, upload_of
from shoplytics.modules.catalog.service.low_stock import LowStockNotices
from shoplytics.modules.catalog.service.nightly import NightlyImports
from shoplytics.modules.catalog.service.notices import ImportNotices
from shoplytics.modules.catalog.service.offers import OfferService
from shoplytics.modules.catalog.service.options import OptionService
from shoplytics.modules.catalog.service.popularity import Popularity
from shoplytics.modules.catalog.service.prices import BulkPrices
from shoplytics.modules.catalog.service.progress import ImportProgress, Phase
from shoplytics.modules.catalog.service.reports import ImportReports, ReportFiles
from shoplytics.modules.catalog.service.reviews import ReviewReader, ReviewSearch, ReviewService
from shoplytics.modules.catalog.service.search import ProductSearch
from shoplytics.modules.catalog.service.sources import RUN_SOURCE, ImportSources, RunSource
from shoplytics.modules.catalog.service.stock_keeping import StockKeeping
from shoplytics.modules.catalog.service.storefront import Storefront
from shoplytics.modules.catalog.service.variants import VariantService

__all__ = [
    "IMPORT_PRODUCTS",
    "MAKE_IMAGE",
    "RUN_SOURCE",
    "Arrival",
    "AttributeService",
    "BulkPrices",
    "CatalogImports",
    "CatalogService",
    "CategoryDirectory",
    "CategoryService",
    "Gallery",
    "ImageMade",
    "ImportFile",
    "ImportNotices",
    "ImportProducts",
    "ImportProgress",
    "ImportReports",
    "ImportSources",
    "Intake",
    "Layout",
    "LowStockNotices",
    "MakeImage",
    "NightlyImports",
    "OfferService",
    "OptionService",
    "Phase",
    "Popularity",
    "ProductExports",
    "ProductSearch",
    "ReportFiles",
    "ReviewReader",
    "ReviewSearch",
    "ReviewService",
    "RunSource",
    "SourceDoor",
    "StockKeeping",
    "Storefront",
    "VariantService",
    "upload_of",
]
