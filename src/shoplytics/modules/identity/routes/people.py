"""`/admin/users`: everybody's accounts, for the platform's administrators."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import Parameter

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from shoplytics.modules.identity.ports.people import UserSearch
from shoplytics.modules.identity.schemas import UserRights
from shoplytics.modules.identity.service.people import PeopleService
from shoplytics.ports.identity import AdminUserView, DeletedView

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
Words = Annotated[
    str | None,
    Parameter(max_length=100, description="A part of an address, username, name or phone number."),
]


class PeopleController(Controller):
    path = "/admin"
    tags = ("Platform",)

    @get("/users", permission="platform:users")
    async def users(
        self,
        *,
        people: PeopleService,
        q: Words = None,
        disabled: bool | None = None,
        admin: bool | None = None,
        deleted: bool = False,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page[AdminUserView]:
        """Every account, newest first; `deleted=true` lists the deleted ones instead."""
        wanted = UserSearch(q=q, disabled=disabled, admin=admin, deleted=deleted)
        return await people.search(wanted=wanted, cursor=cursor, limit=limit, total=total)

    @get("/deleted", permission="platform:users")
    async def deleted(
        self, people: PeopleService, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[DeletedView]:
        """Deleted accounts that can still be restored. Stores are under `/admin/stores?deleted=true`."""
        return await people.deleted(cursor=cursor, limit=limit)

    @get("/users/{user_id:uuid}", permission="platform:users")
    async def user(self, user_id: UUID, people: PeopleService) -> AdminUserView:
        """One account, deleted or not."""
        return await people.read(user_id=user_id)

    @patch("/users/{user_id:uuid}", permission="platform:users-change", recent=True)
    async def change_user(
        self,
        user_id: UUID,
        data: UserRights,
        actor: Actor,
        people: PeopleService,
        if_match: int | None,
    ) -> AdminUserView:
        """Disable an account, or make its user an administrator, and the reverse. Its sessions end."""
        return await people.change(actor=actor, user_id=user_id, change=data, if_match=if_match)

    @post("/users/{user_id:uuid}/end-sessions", permission="platform:users-change", status_code=204)
    async def end_sessions(self, user_id: UUID, actor: Actor, people: PeopleService) -> None:
        """Sign the user out everywhere; access tokens are dead within seconds."""
        await people.end_sessions(actor=actor, user_id=user_id)

    @delete("/users/{user_id:uuid}", permission="platform:users-change", recent=True)
    async def delete_user(self, user_id: UUID, actor: Actor, people: PeopleService) -> None:
        """Delete an account. It is erased after 30 days."""
        await people.delete(actor=actor, user_id=user_id)

    @post("/users/{user_id:uuid}/restore", permission="platform:users-change", status_code=200)
    async def restore_user(self, user_id: UUID, actor: Actor, people: PeopleService) -> AdminUserView:
        """Bring back a deleted account within 30 days; 409 `erased` afterwards."""
        return await people.restore(actor=actor, user_id=user_id)
