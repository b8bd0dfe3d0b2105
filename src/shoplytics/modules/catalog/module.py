"""The catalogue owns categories, products, variants, offers, stock, and what of stores and visits lists need.

Publishes ProductChanged, ProductsChanged, PricesChanged, CategoriesChanged and ImageDropped, and listens
to them, to StoreChanged and to VisitsRecorded.
"""

from shoplytics.kernel.access import MANAGERS, MEMBERS, STAFF, members, platform, public
from shoplytics.kernel.module import Module
from shoplytics.modules.catalog.routes import (
    BROWSE,
    IMPORT,
    PLATFORM_CATEGORIES,
    READ,
    STOCK,
    WRITE,
    AttributeController,
    CategoryController,
    ExportController,
    ImageController,
    ImportController,
    ImportSourceController,
    MovementController,
    OfferController,
    OptionController,
    PlatformCategoryController,
    PriceController,
    ProductController,
    StoreCategoryController,
    StoreProductController,
    VariantController,
)
from shoplytics.modules.catalog.service import IMPORT_PRODUCTS, MAKE_IMAGE, RUN_SOURCE
from shoplytics.modules.catalog.tasks import (
    count_sales,
    count_visits,
    drop_copies,
    forget_import_keys,
    forget_popularity,
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
)
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
    ),
    permissions=(
        public(BROWSE),
        members(READ, MEMBERS, keys=True),
        members(WRITE, MANAGERS, keys=True),
        members(STOCK, STAFF, keys=True),
        members(IMPORT, MANAGERS, keys=True),
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
    },
)
