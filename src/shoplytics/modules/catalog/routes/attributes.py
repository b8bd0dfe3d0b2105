"""What a store tells of its products beyond the common fields."""

from uuid import UUID

from litestar import Controller, delete, get, patch, post

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import Page
from shoplytics.modules.catalog.routes.permissions import READ, WRITE
from shoplytics.modules.catalog.schemas import AttributePatch, NewAttribute
from shoplytics.modules.catalog.service import AttributeService
from shoplytics.ports.catalog import AttributeView


class AttributeController(Controller):
    path = "/stores/{store_id:uuid}/attributes"
    tags = ("Attributes",)

    @get(permission=READ)
    async def list_attributes(self, store_id: UUID, attributes: AttributeService) -> Page[AttributeView]:
        """All attributes of the store, in their order."""
        return await attributes.attributes(store_id=store_id)

    @post(permission=WRITE)
    async def create_attribute(
        self, store_id: UUID, data: NewAttribute, actor: Actor, attributes: AttributeService
    ) -> AttributeView:
        """An attribute of all products, or of those of a category or product type."""
        return await attributes.create(store_id=store_id, data=data, actor=actor)

    @get("/{attribute_id:uuid}", permission=READ)
    async def read_attribute(
        self, store_id: UUID, attribute_id: UUID, attributes: AttributeService
    ) -> AttributeView:
        """One attribute; its ETag is what If-Match takes."""
        return await attributes.attribute(store_id=store_id, attribute_id=attribute_id)

    @patch("/{attribute_id:uuid}", permission=WRITE)
    async def change_attribute(
        self,
        *,
        store_id: UUID,
        attribute_id: UUID,
        data: AttributePatch,
        if_match: int | None,
        actor: Actor,
        attributes: AttributeService,
    ) -> AttributeView:
        """Values that products have stay; 409 `choice_in_use` for a choice of theirs that would go."""
        return await attributes.change(
            store_id=store_id, attribute_id=attribute_id, data=data, version=if_match, actor=actor
        )

    @delete("/{attribute_id:uuid}", permission=WRITE)
    async def delete_attribute(
        self, store_id: UUID, attribute_id: UUID, actor: Actor, attributes: AttributeService
    ) -> None:
        """Products keep their values, which nobody sees until it is restored."""
        await attributes.delete(store_id=store_id, attribute_id=attribute_id, actor=actor)

    @post("/{attribute_id:uuid}/restore", permission=WRITE, status_code=200)
    async def restore_attribute(
        self, store_id: UUID, attribute_id: UUID, actor: Actor, attributes: AttributeService
    ) -> AttributeView:
        """With the values that products kept, unless its code was taken since."""
        return await attributes.restore(store_id=store_id, attribute_id=attribute_id, actor=actor)
