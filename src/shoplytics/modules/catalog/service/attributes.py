"""A store's attributes: what they are, and that products keep to them."""

from collections.abc import Mapping
from uuid import UUID

from msgspec import UNSET

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound, Stale
from shoplytics.kernel.paging import Page
from shoplytics.modules.catalog.domain import (
    MAX_ATTRIBUTES,
    Attribute,
    AttributeValue,
    ChoiceUsed,
    TooManyAttributes,
    checked_values,
    unknown_category,
)
from shoplytics.modules.catalog.ports import AttributeRepository, CategoryRepository
from shoplytics.modules.catalog.schemas import AttributePatch, NewAttribute
from shoplytics.ports.catalog import AttributesChanged, AttributeView
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import AuditLog

PLAIN = ("unit", "product_type", "required", "filterable", "position")


class AttributeService:
    def __init__(
        self,
        *,
        attributes: AttributeRepository,
        categories: CategoryRepository,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._attributes = attributes
        self._categories = categories
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def attributes(self, *, store_id: UUID) -> Page[AttributeView]:
        """All of them: they are bounded."""
        return Page(items=[_view(one) for one in await self._attributes.attributes(store_id)])

    async def attribute(self, *, store_id: UUID, attribute_id: UUID) -> AttributeView:
        return _view(await self._attributes.attribute(store_id=store_id, attribute_id=attribute_id))

    async def create(self, *, store_id: UUID, data: NewAttribute, actor: Actor) -> AttributeView:
        """Raises CodeTaken and KindKept."""
        if len(await self._attributes.attributes(store_id)) >= MAX_ATTRIBUTES:
            raise TooManyAttributes
        now = self._clock()
        made = Attribute(
            store_id=store_id,
            code=data.code,
            name=data.name.strip(),
            kind=data.kind,
            unit=data.unit,
            choices=data.choices,
            category_id=await self.category(store_id, data.category),
            product_type=data.product_type,
            required=data.required,
            filterable=data.filterable,
            position=data.position,
            created_at=now,
            updated_at=now,
        )
        made.check()
        await self._attributes.add(made)
        return await self._noted(actor, "attributes.create", made)

    async def change(
        self, *, store_id: UUID, attribute_id: UUID, data: AttributePatch, version: int | None, actor: Actor
    ) -> AttributeView:
        """Raises Stale, and ChoiceUsed for a choice that products have and the change takes away."""
        attribute = await self._attributes.attribute(store_id=store_id, attribute_id=attribute_id)
        if version is not None and attribute.version != version:
            raise Stale
        before = _view(attribute)
        for name in PLAIN:
            if getattr(data, name) is not UNSET:
                setattr(attribute, name, getattr(data, name))
        if data.name is not UNSET:
            attribute.name = data.name.strip()
        if data.category is not UNSET:
            attribute.category_id = await self.category(store_id, data.category)
        if data.choices is not UNSET:
            gone = [choice for choice in attribute.choices if choice not in data.choices]
            attribute.choices = data.choices
            attribute.check()
            users = gone and await self._attributes.users(
                store_id=store_id, code=attribute.code, choices=gone
            )
            if users:
                raise ChoiceUsed(extra={"products": users})
        attribute.version += 1
        attribute.updated_at = self._clock()
        await self._attributes.save(attribute)
        return await self._noted(actor, "attributes.change", attribute, before=before)

    async def delete(self, *, store_id: UUID, attribute_id: UUID, actor: Actor) -> None:
        """Products keep their values, which nobody sees until it is restored."""
        attribute = await self._attributes.attribute(store_id=store_id, attribute_id=attribute_id)
        await self._attributes.delete(store_id=store_id, attribute_id=attribute_id, now=self._clock())
        await self._note(actor, "attributes.delete", attribute, before=_view(attribute))

    async def restore(self, *, store_id: UUID, attribute_id: UUID, actor: Actor) -> AttributeView:
        """Raises CodeTaken."""
        if not await self._attributes.restore(
            store_id=store_id, attribute_id=attribute_id, now=self._clock()
        ):
            raise NotFound
        attribute = await self._attributes.attribute(store_id=store_id, attribute_id=attribute_id)
        return await self._noted(actor, "attributes.restore", attribute)

    async def values(
        self,
        *,
        store_id: UUID,
        category_id: UUID | None,
        product_type: str,
        sent: Mapping[str, AttributeValue | None],
        has: frozenset[str] = frozenset(),
    ) -> dict[str, AttributeValue | None]:
        """What a product of that category and type keeps of `sent`. Raises Invalid with every error."""
        definitions = await self._attributes.applying(
            store_id=store_id, category_id=category_id, product_type=product_type
        )
        return checked_values(definitions, sent, has=has)

    async def category(self, store_id: UUID, text: str | None) -> UUID | None:
        """Raises Invalid for a category that neither the store nor the platform has."""
        if text is None:
            return None
        found = await self._categories.find(store_id=store_id, text=text)
        if found is None:
            raise unknown_category()
        return found

    async def _noted(
        self, actor: Actor, action: str, attribute: Attribute, *, before: AttributeView | None = None
    ) -> AttributeView:
        after = _view(attribute)
        await self._note(actor, action, attribute, before=before, after=after)
        return after

    async def _note(
        self,
        actor: Actor,
        action: str,
        attribute: Attribute,
        *,
        before: AttributeView | None = None,
        after: AttributeView | None = None,
    ) -> None:
        await self._audit.record(
            actor=actor,
            action=action,
            target=f"attribute:{attribute.id}",
            store_id=attribute.store_id,
            before=before,
            after=after,
        )
        await self._outbox.add(AttributesChanged(store_id=attribute.store_id))


def _view(attribute: Attribute) -> AttributeView:
    return AttributeView(
        id=attribute.id,
        code=attribute.code,
        name=attribute.name,
        kind=attribute.kind.value,
        unit=attribute.unit,
        choices=list(attribute.choices),
        category_id=attribute.category_id,
        product_type=attribute.product_type,
        required=attribute.required,
        filterable=attribute.filterable,
        position=attribute.position,
        version=attribute.version,
        created_at=attribute.created_at,
        updated_at=attribute.updated_at,
    )
