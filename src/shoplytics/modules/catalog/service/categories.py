"""Categories: one's own tree kept in order, and anyone's to be read."""

from uuid import UUID

from msgspec import UNSET
from slugify import slugify

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import NotFound, Stale
from shoplytics.kernel.paging import Page
from shoplytics.modules.catalog.domain import Category, CategoryTree
from shoplytics.modules.catalog.ports import CatalogRepository, CategoryRepository, PublicCategories
from shoplytics.modules.catalog.schemas import CategoryPatch, NewCategory
from shoplytics.ports.catalog import CategoriesChanged, CategoryView
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import AuditLog, StoreDirectory

SLUG_LENGTH = 90  # leaves room for `-2`


def _slug_of(name: str) -> str:
    return slugify(name, max_length=SLUG_LENGTH) or "category"


class CategoryDirectory:
    """Trees as anyone may see them, whole: they are bounded."""

    def __init__(self, *, categories: PublicCategories) -> None:
        self._categories = categories

    async def tree(self, store_id: UUID | None) -> Page[CategoryView]:
        return Page(items=await self._categories.categories(store_id))


class CategoryService:
    """Keeps one tree: a store's within the store's work, the platform's (`store_id` None) within its own."""

    def __init__(
        self,
        *,
        categories: CategoryRepository,
        catalog: CatalogRepository,
        stores: StoreDirectory,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._categories = categories
        self._catalog = catalog
        self._stores = stores
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def tree(self, *, store_id: UUID | None) -> Page[CategoryView]:
        return Page(items=await self._categories.categories(store_id))

    async def category(self, *, store_id: UUID | None, category_id: UUID) -> CategoryView:
        found = await self._categories.category(store_id=store_id, category_id=category_id)
        if found is None:
            raise NotFound
        return found

    async def create(self, *, store_id: UUID | None, data: NewCategory, actor: Actor) -> CategoryView:
        """Raises CategorySlugTaken for a slug that was given; one made of the name gets a number."""
        if store_id is not None:  # the public reads trees of stores that the catalogue knows
            await self._catalog.known_store(await self._stores.facts(store_id))
        tree = await self._tree(store_id)
        slug = data.slug or tree.free_slug(_slug_of(data.name), data.parent_id)
        now = self._clock()
        made = Category(
            store_id=store_id,
            name=data.name.strip(),
            slug=slug,
            description=data.description,
            parent_id=data.parent_id,
            created_at=now,
            updated_at=now,
        )
        tree.add(made, position=data.position)
        await self._categories.add(made)
        await self._save(tree)
        return await self._told(actor, "categories.create", made)

    async def change(
        self,
        *,
        store_id: UUID | None,
        category_id: UUID,
        data: CategoryPatch,
        version: int | None,
        actor: Actor,
    ) -> CategoryView:
        """Raises CategoryCycle, CategorySlugTaken and Stale. Paths of all that is under it follow."""
        tree = await self._tree(store_id)
        category = tree.get(category_id)
        if version is not None and category.version != version:
            raise Stale
        before = await self.category(store_id=store_id, category_id=category_id)
        if data.name is not UNSET:
            category.name = data.name.strip()
        if data.description is not UNSET:
            category.description = data.description
        slug = category.slug if data.slug is UNSET else data.slug
        parent = category.parent_id if data.parent_id is UNSET else data.parent_id
        if parent != category.parent_id or data.position is not UNSET:
            category.slug = slug
            position = None if data.position is UNSET else data.position
            tree.move(category, parent_id=parent, position=position)
        elif slug != category.slug:
            tree.rename(category, slug=slug)
        await self._save(tree)
        return await self._told(actor, "categories.change", category, before=before)

    async def delete(self, *, store_id: UUID | None, category_id: UUID, actor: Actor) -> None:
        """With everything under it. Its products fall to the category above, or to none at the top."""
        tree = await self._tree(store_id)
        category = tree.get(category_id)
        before = await self.category(store_id=store_id, category_id=category_id)
        gone = tree.remove(category, now=self._clock())
        await self._save(tree)
        await self._categories.empty([one.id for one in gone], into=category.parent_id, store_id=store_id)
        await self._note(actor, "categories.delete", category, before=before)

    async def restore(self, *, store_id: UUID | None, category_id: UUID, actor: Actor) -> CategoryView:
        """With what was deleted with it, without the products. Raises ParentDeleted, CategorySlugTaken."""
        tree = await self._tree(store_id)
        found = await self._categories.deleted_with(store_id=store_id, category_id=category_id)
        if not found:
            raise NotFound
        tree.restore(found[0], found[1:])
        await self._save(tree)
        return await self._told(actor, "categories.restore", found[0])

    async def _tree(self, store_id: UUID | None) -> CategoryTree:
        return CategoryTree(await self._categories.tree(store_id))

    async def _save(self, tree: CategoryTree) -> None:
        await self._categories.save(tree.changed(now=self._clock()))

    async def _told(
        self, actor: Actor, action: str, category: Category, *, before: CategoryView | None = None
    ) -> CategoryView:
        after = await self.category(store_id=category.store_id, category_id=category.id)
        await self._note(actor, action, category, before=before, after=after)
        return after

    async def _note(
        self,
        actor: Actor,
        action: str,
        category: Category,
        *,
        before: CategoryView | None = None,
        after: CategoryView | None = None,
    ) -> None:
        await self._audit.record(
            actor=actor,
            action=action,
            target=f"category:{category.id}",
            store_id=category.store_id,
            before=before,
            after=after,
        )
        await self._outbox.add(CategoriesChanged(store_id=category.store_id))
