"""The catalogue owns products, variants, offers and stock, and what of stores and visits lists need.

Publishes ProductChanged, ProductsChanged and PricesChanged, and listens to them, to StoreChanged and to
VisitsRecorded.
"""

from shoplytics.kernel.access import MANAGERS, MEMBERS, STAFF, members, public
from shoplytics.kernel.module import Module
from shoplytics.modules.catalog.routes import (
    BROWSE,
    IMPORT,
    READ,
    STOCK,
    WRITE,
    ExportController,
    ImportController,
    OfferController,
    PriceController,
    ProductController,
    StoreProductController,
)
from shoplytics.modules.catalog.service import IMPORT_PRODUCTS
from shoplytics.modules.catalog.tasks import (
    count_visits,
    drop_copies,
    forget_import_keys,
    import_products,
    take_store,
)
from shoplytics.ports.catalog import PricesChanged, ProductChanged, ProductsChanged
from shoplytics.ports.tenancy import StoreChanged
from shoplytics.ports.tracking import VisitsRecorded

catalog = Module(
    name="catalog",
    routes=(
        ProductController,
        StoreProductController,
        ImportController,
        ExportController,
        PriceController,
        OfferController,
    ),
    permissions=(
        public(BROWSE),
        members(READ, MEMBERS, keys=True),
        members(WRITE, MANAGERS, keys=True),
        members(STOCK, STAFF, keys=True),
        members(IMPORT, MANAGERS, keys=True),
    ),
    jobs={IMPORT_PRODUCTS: import_products},
    schedule={forget_import_keys: "41 3 * * *"},
    subscribers={
        StoreChanged: (take_store,),
        VisitsRecorded: (count_visits,),
        ProductChanged: (drop_copies,),
        ProductsChanged: (drop_copies,),
        PricesChanged: (drop_copies,),
    },
)
