"""`/me/addresses`: one's own address book."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import Parameter

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from shoplytics.modules.identity.routes import user_of
from shoplytics.modules.identity.schemas import AddressChange, NewAddress
from shoplytics.modules.identity.service.addresses import AddressService
from shoplytics.ports.identity import AddressView

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]


class AddressController(Controller):
    path = "/me/addresses"
    tags = ("Me",)

    @get(permission="me:read")
    async def addresses(
        self,
        actor: Actor,
        address_book: AddressService,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page[AddressView]:
        """Your addresses, newest first."""
        return await address_book.page(user_id=user_of(actor), cursor=cursor, limit=limit, total=total)

    @post(permission="me:write")
    async def add(self, data: NewAddress, actor: Actor, address_book: AddressService) -> AddressView:
        """Add an address, 100 at most. A new default takes the place of the old one."""
        return await address_book.add(user_id=user_of(actor), form=data)

    @get("/{address_id:uuid}", permission="me:read")
    async def address(self, address_id: UUID, actor: Actor, address_book: AddressService) -> AddressView:
        """One of your addresses."""
        return await address_book.address(user_id=user_of(actor), address_id=address_id)

    @patch("/{address_id:uuid}", permission="me:write")
    async def change(
        self,
        address_id: UUID,
        data: AddressChange,
        actor: Actor,
        address_book: AddressService,
        if_match: int | None,
    ) -> AddressView:
        """Change an address. Orders keep the address they were placed with."""
        return await address_book.change(
            user_id=user_of(actor), address_id=address_id, change=data, if_match=if_match
        )

    @delete("/{address_id:uuid}", permission="me:write")
    async def remove(self, address_id: UUID, actor: Actor, address_book: AddressService) -> None:
        """Take an address out of the book; it stops being a default."""
        await address_book.remove(user_id=user_of(actor), address_id=address_id)

    @post("/{address_id:uuid}/restore", permission="me:write", status_code=200)
    async def restore(self, address_id: UUID, actor: Actor, address_book: AddressService) -> AddressView:
        """Bring back an address that you took out."""
        return await address_book.restore(user_id=user_of(actor), address_id=address_id)
