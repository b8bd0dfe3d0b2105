"""API keys of a store over HTTP."""

from uuid import UUID

from litestar import Controller, delete, get, patch, post

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.tenancy.routes.limits import Limit
from shoplytics.modules.tenancy.schemas import KeyChange, NewKey
from shoplytics.modules.tenancy.service import KeysService
from shoplytics.ports.tenancy import KeyView, NewKeyView


class KeyController(Controller):
    path = "/stores/{store_id:uuid}/api-keys"
    tags = ("API keys",)

    @post(permission="api-keys:manage", recent=True)
    async def create_key(
        self, store_id: UUID, data: NewKey, actor: Actor, store_keys: KeysService
    ) -> NewKeyView:
        """Make a key for a program. The answer holds it as `key`, this once: only its hash is kept.

        Scopes are names of permissions, listed in docs/permissions.md; you have to hold them all yourself
        (403 `scope_not_held`). The key acts for you: it never does more than your role allows at the time.
        """
        return await store_keys.create(actor=actor, store_id=store_id, form=data)

    @get(permission="api-keys:read")
    async def keys_of(
        self,
        store_id: UUID,
        store_keys: KeysService,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[KeyView]:
        """Those that are not revoked, newest first, without their secrets."""
        return await store_keys.page(store_id=store_id, cursor=cursor, limit=limit)

    @get("/{key_id:uuid}", permission="api-keys:read")
    async def read_key(self, store_id: UUID, key_id: UUID, store_keys: KeysService) -> KeyView:
        """One key without its secret."""
        return await store_keys.read(store_id=store_id, key_id=key_id)

    @patch("/{key_id:uuid}", permission="api-keys:manage", recent=True)
    async def change_key(
        self, store_id: UUID, key_id: UUID, data: KeyChange, actor: Actor, store_keys: KeysService
    ) -> KeyView:
        """Its name and expiry; for other scopes make another key. You have to hold all its scopes."""
        return await store_keys.change(actor=actor, store_id=store_id, key_id=key_id, change=data)

    @post("/{key_id:uuid}/rotate", permission="api-keys:manage", status_code=200, recent=True)
    async def rotate_key(
        self, store_id: UUID, key_id: UUID, actor: Actor, store_keys: KeysService
    ) -> NewKeyView:
        """Another secret for the same key, shown this once; the old one is dead within five seconds.

        From now on the key acts for you, so this is how a key outlives the member who made it.
        """
        return await store_keys.rotate(actor=actor, store_id=store_id, key_id=key_id)

    @delete("/{key_id:uuid}", permission="api-keys:manage", recent=True)
    async def revoke_key(self, store_id: UUID, key_id: UUID, actor: Actor, store_keys: KeysService) -> None:
        """Dead within five seconds everywhere, and for good."""
        await store_keys.revoke(actor=actor, store_id=store_id, key_id=key_id)
