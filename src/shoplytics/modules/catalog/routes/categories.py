"""Trees of categories: the platform's and the stores'."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import Parameter

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import Page
from shoplytics.modules.catalog.routes.copies import of_tree
from shoplytics.modules.catalog.routes.permissions import BROWSE, PLATFORM_CATEGORIES, READ, WRITE
from shoplytics.modules.catalog.schemas import CategoryPatch, NewCategory
from shoplytics.modules.catalog.service import CategoryDirectory, CategoryService
from shoplytics.ports.catalog import CategoryView

Store = Annotated[UUID | None, Parameter(description="A store's own tree instead of the platform's.")]


class CategoryController(Controller):
    path = "/categories"
    tags = ("Categories",)

    @get(permission=BROWSE, copies=of_tree)
    async def list_categories(
        self, category_directory: CategoryDirectory, store: Store = None
    ) -> Page[CategoryView]:
        """The whole tree, each category after the one it is under; never more than one page."""
        return await category_directory.tree(store)


class StoreCategoryController(Controller):
    path = "/stores/{store_id:uuid}/categories"
    tags = ("Categories",)

    @get(permission=READ)
    async def list_own_categories(self, store_id: UUID, categories: CategoryService) -> Page[CategoryView]:
        """The store's own tree, each category after the one it is under."""
        return await categories.tree(store_id=store_id)

    @post(permission=WRITE)
    async def create_category(
        self, store_id: UUID, data: NewCategory, actor: Actor, categories: CategoryService
    ) -> CategoryView:
        """A category of the store, under another of its own or at the top."""
        return await categories.create(store_id=store_id, data=data, actor=actor)

    @get("/{category_id:uuid}", permission=READ)
    async def read_category(
        self, store_id: UUID, category_id: UUID, categories: CategoryService
    ) -> CategoryView:
        """One category of the store; its ETag is what If-Match takes."""
        return await categories.category(store_id=store_id, category_id=category_id)

    @patch("/{category_id:uuid}", permission=WRITE)
    async def change_category(
        self,
        *,
        store_id: UUID,
        category_id: UUID,
        data: CategoryPatch,
        if_match: int | None,
        actor: Actor,
        categories: CategoryService,
    ) -> CategoryView:
        """Rename or move it; the paths of everything under it follow."""
        return await categories.change(
            store_id=store_id, category_id=category_id, data=data, version=if_match, actor=actor
        )

    @delete("/{category_id:uuid}", permission=WRITE)
    async def delete_category(
        self, store_id: UUID, category_id: UUID, actor: Actor, categories: CategoryService
    ) -> None:
        """With everything under it; its products fall to the category above, or to none."""
        await categories.delete(store_id=store_id, category_id=category_id, actor=actor)

    @post("/{category_id:uuid}/restore", permission=WRITE, status_code=200)
    async def restore_category(
        self, store_id: UUID, category_id: UUID, actor: Actor, categories: CategoryService
    ) -> CategoryView:
        """With what was deleted with it; products that left stay where they are."""
        return await categories.restore(store_id=store_id, category_id=category_id, actor=actor)


class PlatformCategoryController(Controller):
    path = "/admin/categories"
    tags = ("Platform",)

    @get(permission=PLATFORM_CATEGORIES)
    async def list_platform_categories(self, categories: CategoryService) -> Page[CategoryView]:
        """The platform's tree, each category after the one it is under."""
        return await categories.tree(store_id=None)

    @post(permission=PLATFORM_CATEGORIES)
    async def create_platform_category(
        self, data: NewCategory, actor: Actor, categories: CategoryService
    ) -> CategoryView:
        """A category that every store may put its products in."""
        return await categories.create(store_id=None, data=data, actor=actor)

    @get("/{category_id:uuid}", permission=PLATFORM_CATEGORIES)
    async def read_platform_category(self, category_id: UUID, categories: CategoryService) -> CategoryView:
        """One category of the platform."""
        return await categories.category(store_id=None, category_id=category_id)

    @patch("/{category_id:uuid}", permission=PLATFORM_CATEGORIES)
    async def change_platform_category(
        self,
        *,
        category_id: UUID,
        data: CategoryPatch,
        if_match: int | None,
        actor: Actor,
        categories: CategoryService,
    ) -> CategoryView:
        """Rename or move it; the paths of everything under it follow."""
        return await categories.change(
            store_id=None, category_id=category_id, data=data, version=if_match, actor=actor
        )

    @delete("/{category_id:uuid}", permission=PLATFORM_CATEGORIES)
    async def delete_platform_category(
        self, category_id: UUID, actor: Actor, categories: CategoryService
    ) -> None:
        """With everything under it; the stores' products fall to the category above, or to none."""
        await categories.delete(store_id=None, category_id=category_id, actor=actor)

    @post("/{category_id:uuid}/restore", permission=PLATFORM_CATEGORIES, status_code=200)
    async def restore_platform_category(
        self, category_id: UUID, actor: Actor, categories: CategoryService
    ) -> CategoryView:
        """With what was deleted with it; products that left stay where they are."""
        return await categories.restore(store_id=None, category_id=category_id, actor=actor)
