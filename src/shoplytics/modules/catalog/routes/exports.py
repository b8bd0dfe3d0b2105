"""Files of products that a store takes away."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.params import QueryParameter
from litestar.response import Stream

from shoplytics.kernel.actor import Actor
from shoplytics.modules.catalog.routes.parameters import (
    REPEATABLE,
    AnyOf,
    Attributes,
    Category,
    Price,
    Quantity,
    Query,
    Tags,
    Time,
    Words,
)
from shoplytics.modules.catalog.routes.permissions import READ
from shoplytics.modules.catalog.service import Layout, ProductExports, ProductSearch

CSV_TYPE = "text/csv"


class ExportController(Controller):
    path = "/stores/{store_id:uuid}/products/export.csv"
    tags = ("Products of a store",)

    @get(permission=READ, repeatable=REPEATABLE, media_type=CSV_TYPE)
    async def export_products(
        self,
        *,
        store_id: UUID,
        actor: Actor,
        product_exports: ProductExports,
        layout: Annotated[Layout, QueryParameter(name="format")] = "shopify",
        q: Query = None,
        category: Category = None,
        attribute: Attributes = None,
        tag: Tags = None,
        vendor: AnyOf = None,
        product_type: AnyOf = None,
        name: Words = None,
        description: Words = None,
        price_gte: Price = None,
        price_lte: Price = None,
        sku: Words = None,
        in_stock: bool | None = None,
        featured: bool | None = None,
        rating_gte: float | None = None,
        created_gte: Time = None,
        created_lte: Time = None,
        updated_gte: Time = None,
        updated_lte: Time = None,
        quantity_gte: Quantity = None,
        quantity_lte: Quantity = None,
    ) -> Stream:
        """The store's products as a CSV that an import takes again.

        `shopify` has a row for each variant or image, `inventory` one for each SKU. A cell that a spreadsheet
        would calculate begins with an apostrophe, which an import takes away.
        """
        search = ProductSearch(
            q=q, category=category, attribute=attribute, tag=tag, vendor=vendor,
            product_type=product_type, name=name, description=description,
            price_gte=price_gte, price_lte=price_lte, sku=sku, in_stock=in_stock, featured=featured,
            rating_gte=rating_gte, created_gte=created_gte, created_lte=created_lte, updated_gte=updated_gte,
            updated_lte=updated_lte, quantity_gte=quantity_gte, quantity_lte=quantity_lte,
        )  # fmt: skip
        return Stream(
            product_exports.products_csv(actor=actor, store_id=store_id, layout=layout, search=search),
            media_type=CSV_TYPE,
            headers={"Content-Disposition": f'attachment; filename="products-{layout}.csv"'},
        )
