"""What anyone may see."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.params import Parameter

from shoplytics.kernel.paging import DEFAULT_LIMIT
from shoplytics.modules.catalog.routes.copies import of_list, of_product
from shoplytics.modules.catalog.routes.parameters import (
    REPEATABLE,
    AnyOf,
    Attributes,
    Category,
    FacetsToo,
    Limit,
    Price,
    Query,
    Sort,
    Tags,
    Time,
    Words,
)
from shoplytics.modules.catalog.routes.permissions import BROWSE
from shoplytics.modules.catalog.service import ProductSearch, Storefront
from shoplytics.ports.catalog import ProductPage, ProductView


class ProductController(Controller):
    path = "/products"
    tags = ("Products",)

    @get(permission=BROWSE, repeatable=REPEATABLE, copies=of_list)
    async def list_products(
        self,
        *,
        storefront: Storefront,
        q: Query = None,
        store: UUID | None = None,
        category: Category = None,
        attribute: Attributes = None,
        tag: Tags = None,
        vendor: AnyOf = None,
        product_type: AnyOf = None,
        name: Words = None,
        description: Words = None,
        price_gte: Price = None,
        price_lte: Price = None,
        currency: Annotated[str | None, Parameter(max_length=3)] = None,
        sku: Words = None,
        in_stock: bool | None = None,
        featured: bool | None = None,
        rating_gte: float | None = None,
        created_gte: Time = None,
        created_lte: Time = None,
        updated_gte: Time = None,
        updated_lte: Time = None,
        sort: Sort = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
        facets: FacetsToo = False,
    ) -> ProductPage:
        """Published products; prices compare within `currency` or `store`; `total` counts to 1,001."""
        search = ProductSearch(
            q=q, store=store, category=category, attribute=attribute, tag=tag, vendor=vendor,
            product_type=product_type, name=name, description=description,
            price_gte=price_gte, price_lte=price_lte, currency=currency, sku=sku, in_stock=in_stock,
            featured=featured, rating_gte=rating_gte, created_gte=created_gte, created_lte=created_lte,
            updated_gte=updated_gte, updated_lte=updated_lte, sort=sort, limit=limit, cursor=cursor,
            total=total, facets=facets,
        )  # fmt: skip
        return await storefront.products(search)

    @get("/{product_id:uuid}", permission=BROWSE, copies=of_product)
    async def read_product(self, product_id: UUID, storefront: Storefront) -> ProductView:
        """One published product with its variants and everyone's open offers."""
        return await storefront.product(product_id)
