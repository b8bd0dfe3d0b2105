"""The catalogue owns categories, products, variants, offers, stock, and what of stores and visits lists need.

Publishes ProductChanged, ProductsChanged, PricesChanged and CategoriesChanged, and listens to them, to
StoreChanged and to VisitsRecorded.
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
    CategoryController,
    ExportController,
    ImportController,
    ImportSourceController,
    OfferController,
    PlatformCategoryController,
    PriceController,
    ProductController,
    StoreCategoryController,
    StoreProductController,
)
from shoplytics.modules.catalog.service import IMPORT_PRODUCTS, RUN_SOURCE
from shoplytics.modules.catalog.tasks import (
    count_visits,
    drop_copies,
    forget_import_keys,
    import_products,
    mail_import,
    run_import_source,
    start_due_imports,
    take_store,
)
from shoplytics.ports.catalog import (
    CategoriesChanged,
    ImportSourceRan,
    PricesChanged,
    ProductChanged,
    ProductsChanged,
)
from shoplytics.ports.tenancy import StoreChanged
from shoplytics.ports.tracking import VisitsRecorded

catalog = Module(
    name="catalog",
    routes=(
        ProductController,
        StoreProductController,
        ImportController,
        ExportController,
        ImportSourceController,
        PriceController,
        OfferController,
        CategoryController,
        StoreCategoryController,
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
    jobs={IMPORT_PRODUCTS: import_products, RUN_SOURCE: run_import_source},
    schedule={forget_import_keys: "41 3 * * *", start_due_imports: "*/15 * * * *"},
    subscribers={
        StoreChanged: (take_store,),
        VisitsRecorded: (count_visits,),
        ProductChanged: (drop_copies,),
        ProductsChanged: (drop_copies,),
        PricesChanged: (drop_copies,),
        CategoriesChanged: (drop_copies,),
        ImportSourceRan: (mail_import,),
    },
)
