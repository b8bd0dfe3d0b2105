"""Customers over HTTP: a store's own, and every store's for the platform's administrators."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch
from litestar.params import Parameter
from litestar.response import Stream

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.sales.ports import PageOf
from shoplytics.modules.sales.routes.parameters import Limit, PersonWords, words_of
from shoplytics.modules.sales.routes.permissions import (
    ALL_CUSTOMERS,
    ERASE_CUSTOMERS,
    EXPORT_CUSTOMERS,
    READ_CUSTOMERS,
    WRITE_CUSTOMERS,
)
from shoplytics.modules.sales.schemas import CustomerPatch
from shoplytics.modules.sales.service import (
    CustomerErasing,
    CustomerExports,
    CustomerService,
    PlatformCustomers,
    SalesService,
)
from shoplytics.ports.sales import CustomerView

CSV_TYPE = "text/csv"


class CustomerController(Controller):
    path = "/stores/{store_id:uuid}/customers"
    tags = ("Customers",)

    @get(permission=READ_CUSTOMERS)
    async def list_customers(
        self,
        *,
        store_id: UUID,
        sales: SalesService,
        q: PersonWords = None,
        sort: Annotated[
            str,
            Parameter(description="created_at, spent, order_count or last_order_at, with - for descending."),
        ] = "-created_at",
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page[CustomerView]:
        """The store's customers, the newest first."""
        page = PageOf(sort=sort, limit=limit, cursor=cursor, total=total)
        return await sales.customers(store_id=store_id, q=words_of(q), page=page)

    @get("/{customer_id:uuid}", permission=READ_CUSTOMERS)
    async def read_customer(self, store_id: UUID, customer_id: UUID, sales: SalesService) -> CustomerView:
        """One customer, with what they have bought in sum."""
        return await sales.customer(store_id=store_id, customer_id=customer_id)

    @get("/export.csv", permission=EXPORT_CUSTOMERS, media_type=CSV_TYPE)
    async def export_customers(
        self, store_id: UUID, actor: Actor, customer_exports: CustomerExports
    ) -> Stream:
        """Every customer of the store, the oldest first."""
        return Stream(
            customer_exports.customers_csv(actor=actor, store_id=store_id),
            media_type=CSV_TYPE,
            headers={"Content-Disposition": 'attachment; filename="customers.csv"'},
        )

    @patch("/{customer_id:uuid}", permission=WRITE_CUSTOMERS)
    async def change_customer(
        self,
        *,
        store_id: UUID,
        customer_id: UUID,
        data: CustomerPatch,
        if_match: int | None,
        actor: Actor,
        customers: CustomerService,
    ) -> CustomerView:
        """What the store knows of them; later orders fill in what is empty, and change nothing else."""
        return await customers.change(
            store_id=store_id, customer_id=customer_id, data=data, version=if_match, actor=actor
        )

    @delete("/{customer_id:uuid}", permission=ERASE_CUSTOMERS, own_work=True)
    async def erase_customer(
        self, store_id: UUID, customer_id: UUID, actor: Actor, customer_erasing: CustomerErasing
    ) -> None:
        """For good, unlike other deletions: their orders keep amounts and goods, and nothing of the person.

        Letters that were written to them for the store are forgotten, and their address in carts with its
        goods. An account of theirs is theirs: it stays, with its reviews.

        409 `orders_under_way` while an order of theirs waits to be paid or shipped.
        """
        await customer_erasing.erase(store_id=store_id, customer_id=customer_id, actor=actor)


class PlatformCustomerController(Controller):
    path = "/admin/customers"
    tags = ("Platform",)

    @get(permission=ALL_CUSTOMERS)
    async def all_customers(
        self,
        *,
        platform_customers: PlatformCustomers,
        q: PersonWords = None,
        store: UUID | None = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[CustomerView]:
        """Customers of every store as the stores keep them, the newest first; `store` narrows it to one."""
        return await platform_customers.search(q=words_of(q), store_id=store, cursor=cursor, limit=limit)
