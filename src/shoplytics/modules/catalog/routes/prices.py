"""Many prices of a store at once."""

from uuid import UUID

from litestar import Controller, post

from shoplytics.kernel.actor import Actor
from shoplytics.modules.catalog.routes.permissions import WRITE
from shoplytics.modules.catalog.schemas import BulkPriceInput
from shoplytics.modules.catalog.service import CatalogService
from shoplytics.ports.catalog import BulkPriceView

BODY_LIMIT = 512 * 1024
SECONDS = 120  # for a whole catalogue of 100,000 on a busy machine


class PriceController(Controller):
    path = "/stores/{store_id:uuid}/products/bulk-price"
    tags = ("Products of a store",)

    @post(permission=WRITE, status_code=200, idempotent=True, body_limit=BODY_LIMIT, seconds=SECONDS)
    async def change_prices(
        self, store_id: UUID, data: BulkPriceInput, actor: Actor, catalog: CatalogService
    ) -> BulkPriceView:
        """Set, raise or lower the prices of many products; `dry_run` shows what that would do.

        Offers whose price a percentage would make nothing, or more than a price can be, are left as they are
        and named; `set` may be 0. Offers of other stores' products are not meant.
        `matched`, `changed`, `unchanged` and `refused` count offers; examples and refusals stop at 100.
        """
        return await catalog.prices.change(store_id=store_id, actor=actor, data=data)
