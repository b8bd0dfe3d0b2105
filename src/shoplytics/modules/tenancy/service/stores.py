"""Stores: making, changing, deleting them, and who works there."""

from uuid import UUID

import msgspec
from msgspec import UNSET

from shoplytics.kernel.access import StoreRole
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.errors import FieldError, Invalid
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.modules.tenancy.domain import (
    SlugTaken,
    Store,
    checked_currency,
    checked_name,
    checked_slug,
    checked_timezone,
    slug_of,
)
from shoplytics.modules.tenancy.ports import MemberRepository, StoreRepository
from shoplytics.modules.tenancy.schemas import NewStore, StoreChange
from shoplytics.modules.tenancy.service.actors import user_of
from shoplytics.modules.tenancy.service.invitations import InvitationLetters
from shoplytics.modules.tenancy.service.logos import Logos
from shoplytics.modules.tenancy.service.notices import StaffNotices
from shoplytics.modules.tenancy.service.views import facts_of, view_of
from shoplytics.ports.identity import UserCard, UserChanged, UserErased, Users
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.tenancy import (
    AuditLog,
    StoreAddress,
    StoreChanged,
    StoreCreated,
    StoreView,
)

MY_STORES = "my-stores"
SLUG_TRIES = 5


class StoreDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """What a new store gets when its owner names nothing else."""

    currency: str
    low_stock_threshold: int
    timezone: str = "UTC"


def plain(address: StoreAddress | None) -> dict[str, str] | None:
    """As it is kept."""
    kept: dict[str, str] | None = msgspec.to_builtins(address)
    return kept


class TenancyService:
    """Stores within one unit of work."""

    def __init__(
        self,
        *,
        stores: StoreRepository,
        members: MemberRepository,
        users: Users,
        audit: AuditLog,
        outbox: Outbox,
        letters: InvitationLetters,
        notices: StaffNotices,
        logos: Logos,
        defaults: StoreDefaults,
        clock: Clock,
    ) -> None:
        """Workers reach what answers events through `letters`, `notices` and `logos`."""
        self.letters = letters
        self.notices = notices
        self.logos = logos
        self._stores = stores
        self._members = members
        self._users = users
        self._audit = audit
        self._outbox = outbox
        self._defaults = defaults
        self._clock = clock

    async def create(self, *, actor: Actor, form: NewStore) -> StoreView:
        """A store of the actor's own; having others does not matter. Raises Invalid, SlugTaken.

        A slug the actor chose is taken or refused; one made from the name gets a suffix when it is taken.
        """
        store = self._checked(form, owner_id=user_of(actor))
        await self._members.hold(store.owner_id)
        await self._add(store, chosen=form.slug is not None)
        owner = await self._users.card(store.owner_id)
        await self._members.add(store_id=store.id, user=owner, role=StoreRole.OWNER, now=store.created_at)
        view = self._view(store, StoreRole.OWNER)
        await self._audit.record(
            actor=actor, action="stores.create", target=f"store:{store.id}", store_id=store.id, after=view
        )
        await self._outbox.add(StoreCreated(store_id=store.id, owner_id=store.owner_id))
        await self._tell(store)
        return view

    def _view(self, store: Store, role: StoreRole | None) -> StoreView:
        return view_of(store, role, self.logos.pictures)

    def _checked(self, form: NewStore, *, owner_id: UUID) -> Store:
        errors: list[FieldError] = []
        currency = form.currency or self._defaults.currency
        timezone = form.timezone or self._defaults.timezone
        for check, value in (
            (checked_name, form.name),
            (checked_currency, currency),
            (checked_timezone, timezone),
            (checked_slug, form.slug or slug_of(form.name)),
        ):
            try:
                check(value)
            except Invalid as refusal:
                errors.extend(refusal.errors)
        if errors:
            raise Invalid(errors=errors)
        threshold = form.low_stock_threshold
        now = self._clock()
        return Store(
            owner_id=owner_id,
            name=checked_name(form.name),
            slug=form.slug or slug_of(form.name),
            description=form.description,
            currency=currency,
            timezone=timezone,
            low_stock_threshold=self._defaults.low_stock_threshold if threshold is None else threshold,
            address=plain(form.address),
            created_at=now,
            updated_at=now,
        )

    async def _add(self, store: Store, *, chosen: bool) -> None:
        base = store.slug
        for _ in range(1 if chosen else SLUG_TRIES):
            if await self._stores.add(store):
                return
            store.slug = f"{base}-{new_id().hex[-6:]}"
        raise SlugTaken

    async def change(
        self, *, actor: Actor, store_id: UUID, change: StoreChange, if_match: int | None
    ) -> StoreView:
        """A change to what it is already does nothing, so nobody else's version goes stale.

        Raises Invalid, Stale, SlugTaken, and ImmutableSetting for another currency or time zone.
        """
        store = await self._stores.for_update(store_id)
        store.expect(if_match)
        before = self._view(store, None)
        store.keep(
            currency=store.currency if change.currency is UNSET else change.currency,
            timezone=store.timezone if change.timezone is UNSET else change.timezone,
        )
        if change.name is not UNSET:
            store.name = checked_name(change.name)
        if change.slug is not UNSET:
            store.slug = checked_slug(change.slug)
        if change.description is not UNSET:
            store.description = change.description
        if change.active is not UNSET:
            store.open(change.active)
        if change.address is not UNSET:
            store.address = plain(change.address)
        if change.low_stock_threshold is not UNSET:
            store.low_stock_threshold = change.low_stock_threshold
        if self._view(store, None) != before:
            await self._save(store, actor=actor, action="stores.change", before=before)
        return self._view(store, actor.stores.get(store_id))

    async def delete(self, *, actor: Actor, store_id: UUID) -> None:
        """It leaves every list and nobody works in it any more, until its owner restores it."""
        store = await self._stores.for_update(store_id)
        before = self._view(store, None)
        store.deleted_at = self._clock()
        await self._save(store, actor=actor, action="stores.delete", before=before)

    async def restore(self, *, actor: Actor, store_id: UUID) -> StoreView:
        """Raises NotFound for a store that is not the actor's own, not deleted, or held by the platform."""
        await self._members.hold(user_of(actor))
        await self._users.card(user_of(actor))
        store = await self._stores.restore(store_id=store_id, owner_id=user_of(actor))
        view = self._view(store, StoreRole.OWNER)
        await self._audit.record(
            actor=actor, action="stores.restore", target=f"store:{store.id}", store_id=store.id, after=view
        )
        await self._tell(store)
        return view

    async def _save(self, store: Store, *, actor: Actor, action: str, before: StoreView) -> None:
        store.updated_at = self._clock()
        await self._stores.save(store)
        await self._audit.record(
            actor=actor,
            action=action,
            target=f"store:{store.id}",
            store_id=store.id,
            before=before,
            after=self._view(store, None),
        )
        await self._tell(store)

    async def _tell(self, store: Store) -> None:
        facts = facts_of(store)
        await self._outbox.add(StoreChanged(store_id=store.id, version=store.version, facts=facts))

    async def my_stores(self, *, actor: Actor, cursor: str | None, limit: int) -> Page[StoreView]:
        """Those the actor works in, with their role, newest first."""
        found = await self._stores.of_user(
            user_id=user_of(actor), before=decode_id_cursor(cursor, sort=MY_STORES), limit=limit + 1
        )
        views = [self._view(store, role) for store, role in found]
        return page_of(views, limit, lambda store: encode_cursor(MY_STORES, store.id))

    async def refresh_member(self, *, change: UserChanged) -> None:
        """Take over a user's new name or address; an older change than the one known does nothing."""
        card = UserCard(id=change.user_id, email=change.email, name=change.name, version=change.version)
        await self._members.refresh(card)

    async def forget_user(self, *, event: UserErased) -> None:
        """Nothing but an id is left of them here; the audit log never held more."""
        await self._members.forget(
            user_id=event.user_id, email=event.email, pseudonym=event.pseudonym, now=self._clock()
        )
