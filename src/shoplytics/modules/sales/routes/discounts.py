"""A store's discounts over HTTP."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import Parameter

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.sales.ports import PageOf, SetUpFilter
from shoplytics.modules.sales.routes.parameters import Age, Limit, Words
from shoplytics.modules.sales.routes.permissions import READ_SET_UP, WRITE_SET_UP
from shoplytics.modules.sales.schemas import DiscountPatch, NewDiscount
from shoplytics.modules.sales.service import DiscountService
from shoplytics.ports.sales import DiscountView

Running = Annotated[
    bool | None, Parameter(description="Active, begun, not over and not used up; or false: any of it not.")
]


class DiscountController(Controller):
    path = "/stores/{store_id:uuid}/discounts"
    tags = ("Discounts",)

    @get(permission=READ_SET_UP)
    async def list_discounts(
        self,
        *,
        store_id: UUID,
        discounts: DiscountService,
        code: Words = None,
        active: bool | None = None,
        running: Running = None,
        sort: Age = "-created_at",
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page[DiscountView]:
        """The store's discounts, the newest first; a code is found in any case."""
        wanted = SetUpFilter(active=active, code=code, running=running)
        page = PageOf(sort=sort, limit=limit, cursor=cursor, total=total)
        return await discounts.page(store_id=store_id, wanted=wanted, page=page)

    @post(permission=WRITE_SET_UP)
    async def create_discount(
        self, store_id: UUID, data: NewDiscount, actor: Actor, discounts: DiscountService
    ) -> DiscountView:
        """With a code for shoppers to give, or automatic. 409 `code_taken` in whatever case."""
        return await discounts.create(store_id=store_id, data=data, actor=actor)

    @get("/{discount_id:uuid}", permission=READ_SET_UP)
    async def read_discount(
        self, store_id: UUID, discount_id: UUID, discounts: DiscountService
    ) -> DiscountView:
        """One discount and how often it was used; its ETag is what If-Match takes."""
        return await discounts.discount(store_id=store_id, discount_id=discount_id)

    @patch("/{discount_id:uuid}", permission=WRITE_SET_UP)
    async def change_discount(
        self,
        *,
        store_id: UUID,
        discount_id: UUID,
        data: DiscountPatch,
        if_match: int | None,
        actor: Actor,
        discounts: DiscountService,
    ) -> DiscountView:
        """Orders that used it stay as they are; 409 `limit_below_used` for fewer uses than there were."""
        return await discounts.change(
            store_id=store_id, discount_id=discount_id, data=data, version=if_match, actor=actor
        )

    @delete("/{discount_id:uuid}", permission=WRITE_SET_UP)
    async def delete_discount(
        self, store_id: UUID, discount_id: UUID, actor: Actor, discounts: DiscountService
    ) -> None:
        """Nobody can use it any more; orders keep what it took off them."""
        await discounts.delete(store_id=store_id, discount_id=discount_id, actor=actor)

    @post("/{discount_id:uuid}/restore", permission=WRITE_SET_UP, status_code=200)
    async def restore_discount(
        self, store_id: UUID, discount_id: UUID, actor: Actor, discounts: DiscountService
    ) -> DiscountView:
        """With its uses counted as they were, unless its code was taken since."""
        return await discounts.restore(store_id=store_id, discount_id=discount_id, actor=actor)
