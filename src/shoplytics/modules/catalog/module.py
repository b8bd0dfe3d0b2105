"""The catalogue owns categories, products, variants, offers, stock, reviews, and what lists need of others.

Publishes what ports/catalog/events.py and ReviewChanged tell, and listens to most of it, to StoreChanged,
VisitsRecorded, OrdersRecorded and UserErased.
"""

from shoplytics.kernel.access import MANAGERS, MEMBERS, STAFF, members, platform, public, signed_in
from shoplytics.kernel.module import Module
from shoplytics.modules.catalog.routes import (
    BROWSE,
    IMPORT,
    MODERATE,
    PLATFORM_CATEGORIES,
    READ,
    REVIEW,
    STOCK,
    WRITE,
    AttributeController,
    CategoryController,
    ExportController,
    ImageController,
    ImportController,
    ImportSourceController,
    ModerationController,
    MovementController,
    OfferController,
    OptionController,
    OwnReviewController,
    PlatformCategoryController,
    PriceController,
    ProductController,
    ProductReviewController,
    StoreCategoryController,
    StoreProductController,
    StoreReviewController,
    VariantController,
)
from shoplytics.modules.catalog.service import IMPORT_PRODUCTS, MAKE_IMAGE, RUN_SOURCE
from shoplytics.modules.catalog.tasks import (
    count_sales,
    count_visits,
    drop_copies,
    forget_import_keys,
    forget_popularity,
    forget_reviewer,
    import_products,
    mail_import,
    mail_low_stock,
    make_image,
    remove_objects,
    run_import_source,
    start_due_imports,
    sweep_images,
    take_store,
)
from shoplytics.ports.catalog import (
    AttributesChanged,
    CategoriesChanged,
    ImageDropped,
    ImportSourceRan,
    LowStock,
    PricesChanged,
    ProductChanged,
    ProductsChanged,
    ReviewChanged,
)
from shoplytics.ports.identity import UserErased
from shoplytics.ports.sales import OrdersRecorded
from shoplytics.ports.tenancy import StoreChanged
from shoplytics.ports.tracking import VisitsRecorded

catalog = Module(
    name="catalog",
    routes=(
        ProductController,
        StoreProductController,
        VariantController,
        OptionController,
        ImageController,
        ImportController,
        ExportController,
        ImportSourceController,
        PriceController,
        OfferController,
        MovementController,
        CategoryController,
        StoreCategoryController,
        AttributeController,
        PlatformCategoryController,
        ProductReviewController,
        StoreReviewController,
        OwnReviewController,
        ModerationController,
    ),
    permissions=(
        public(BROWSE),
        members(READ, MEMBERS, keys=True),
        members(WRITE, MANAGERS, keys=True),
        members(STOCK, STAFF, keys=True),
        members(IMPORT, MANAGERS, keys=True),
        signed_in(REVIEW),
        members(MODERATE, STAFF, keys=True),
        platform(PLATFORM_CATEGORIES),
    ),
    jobs={IMPORT_PRODUCTS: import_products, RUN_SOURCE: run_import_source, MAKE_IMAGE: make_image},
    schedule={
        forget_import_keys: "41 3 * * *",
        forget_popularity: "11 1 * * *",
        start_due_imports: "*/15 * * * *",
        sweep_images: "23 4 * * *",
    },
    subscribers={
        StoreChanged: (take_store,),
        VisitsRecorded: (count_visits,),
        OrdersRecorded: (count_sales,),
        ProductChanged: (drop_copies,),
        ProductsChanged: (drop_copies,),
        PricesChanged: (drop_copies,),
        CategoriesChanged: (drop_copies,),
        ImportSourceRan: (mail_import,),
        ImageDropped: (remove_objects,),
        LowStock: (mail_low_stock,),
        AttributesChanged: (drop_copies,),
        ReviewChanged: (drop_copies,),
        UserErased: (forget_reviewer,),
    },
)
