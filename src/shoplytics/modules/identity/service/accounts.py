"""Accounts: making them, reading and changing one's own."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import UNSET

from shoplytics.kernel.actor import commanded
from shoplytics.kernel.clock import Clock
from shoplytics.kernel.emails import normal_email
from shoplytics.kernel.errors import FieldError, NotFound, ReauthRequired
from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.kernel.preferences import MailWishes, Preferences
from shoplytics.modules.identity.domain.errors import AddressOfDeleted, InvalidOneTimeToken
from shoplytics.modules.identity.domain.identifiers import (
    checked_birth,
    checked_username,
    normal_phone,
    plain_name,
)
from shoplytics.modules.identity.domain.locales import checked_locale
from shoplytics.modules.identity.domain.tokens import digest, new_secret
from shoplytics.modules.identity.domain.users import User
from shoplytics.modules.identity.ports import (
    Cleaner,
    PasswordHasher,
    SessionRepository,
    TokenRepository,
    UserRepository,
    WaysIn,
)
from shoplytics.modules.identity.ports.people import TakenOver
from shoplytics.modules.identity.schemas import PreferencesChange, ProfileChange, Registration
from shoplytics.modules.identity.service.asking import Asking
from shoplytics.modules.identity.service.avatars import Avatars
from shoplytics.modules.identity.service.checks import Checks
from shoplytics.modules.identity.service.correspondence import Correspondence
from shoplytics.modules.identity.service.leaving import AccountEnding
from shoplytics.ports.edge import Client
from shoplytics.ports.identity import (
    MadeAdmin,
    PasswordChanged,
    RegistrationRepeated,
    SecurityChanged,
    SessionView,
    UserChanged,
    UserRegistered,
    UserView,
)
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.pictures import Pictures
from shoplytics.ports.tenancy import AuditLog

SET_UP = "setup"
SET_UP_LIFE = timedelta(hours=24)
NETWORKS_KEPT = timedelta(days=30)
KEPT_AFTER_END = timedelta(days=7)
CURSOR = "sessions"


def view_of(user: User, pictures: Pictures) -> UserView:
    return UserView(
        id=user.id,
        email=user.email,
        username=user.username,
        phone=user.phone,
        first_name=user.first_name,
        last_name=user.last_name,
        date_of_birth=user.date_of_birth,
        email_verified=user.email_verified_at is not None,
        phone_verified=user.phone_verified_at is not None,
        platform_admin=user.platform_admin,
        preferences=user.preferences,
        created_at=user.created_at,
        last_sign_in_at=user.last_sign_in_at,
        avatar_url=pictures.url(user.avatar_key) if user.avatar_key else None,
        version=user.version,
    )


class IdentityService:
    """Accounts within one unit of work."""

    def __init__(
        self,
        *,
        users: UserRepository,
        sessions: SessionRepository,
        tokens: TokenRepository,
        ways_in: WaysIn,
        cleaner: Cleaner,
        hasher: PasswordHasher,
        correspondence: Correspondence,
        ending: AccountEnding,
        avatars: Avatars,
        asking: Asking,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        """Workers reach what answers events through `correspondence`, `ending` and `avatars`."""
        self.correspondence = correspondence
        self.ending = ending
        self.avatars = avatars
        self._users = users
        self._sessions = sessions
        self._tokens = tokens
        self._ways_in = ways_in
        self._cleaner = cleaner
        self._hasher = hasher
        self._asking = asking
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    async def register(self, *, form: Registration) -> UserView:
        """The new account, or for an address that has one a look-alike that was never stored.

        Nobody learns here who has an account; the owner of the address is told by mail, as often as letters
        may be asked for. Raises Invalid and, since usernames are public, UsernameTaken.
        """
        user = await self._checked(form)
        user.password_hash = await self._hasher.hash(form.password)
        told = await self._asking.link("taken", user.email)  # counted for a new address like for a known one
        added = await self._users.add(user)
        owner = await self._users.by_email(user.email)  # asked either way: an answer's time tells, too
        if added:
            fact = UserRegistered(user_id=user.id, email=user.email, occurred_at=user.created_at)
            await self._outbox.add(fact)
        elif owner is not None and told:
            repeated = RegistrationRepeated(user_id=owner.id, email=user.email, occurred_at=user.created_at)
            await self._outbox.add(repeated)
        return self._view(user)

    async def _checked(self, form: Registration) -> User:
        now, checks = self._clock(), Checks()
        email = checks.take(normal_email, form.email)
        phone = checks.take(normal_phone, form.phone) if form.phone else None
        username = checks.take(checked_username, form.username) if form.username else None
        born = form.date_of_birth
        if born is not None:
            checks.take(lambda _: checked_birth(born, today=now.date()), "")
        if form.confirm_password not in (None, form.password):
            checks.errors.append(FieldError("/confirm_password", "mismatch", "The two passwords differ."))
        own = [form.email, form.first_name, form.last_name, form.username or "", form.phone or ""]
        await checks.password(form.password, own_words=own)
        checks.settle()
        return User(
            email=email or "",
            phone=phone,
            username=username,
            first_name=plain_name(form.first_name),
            last_name=plain_name(form.last_name),
            date_of_birth=born,
            created_at=now,
        )

    def _view(self, user: User) -> UserView:
        return view_of(user, self.avatars.pictures)

    async def me(self, *, user_id: UUID) -> UserView:
        return self._view(await self._users.get(user_id))

    async def change_profile(
        self, *, user_id: UUID, change: ProfileChange, if_match: int | None, recent: bool, client: Client
    ) -> UserView:
        """Raises Invalid, Stale, UsernameTaken. A changed phone number has to be verified anew.

        Since a verified one opens the account, a session that is not `recent` cannot set it: ReauthRequired.
        What changes nothing leaves the version as it is.
        """
        user = await self._users.for_update(user_id)
        user.expect(if_match)
        before = self._view(user)
        self._apply(change, to=user)
        if self._view(user) == before:
            return before
        if user.phone not in {None, before.phone} and not recent:
            raise ReauthRequired
        await self._users.save(user)
        await self._outbox.add(
            UserChanged(user_id=user.id, version=user.version, email=user.email, name=user.name)
        )
        if user.phone != before.phone:
            noted = SecurityChanged(
                user_id=user.id,
                what="phone_changed",
                device=client.user_agent[:256],
                occurred_at=self._clock(),
            )
            await self._outbox.add(noted)
        return self._view(user)

    def _apply(self, change: ProfileChange, *, to: User) -> None:
        checks = Checks()
        if change.first_name is not UNSET:
            to.first_name = plain_name(change.first_name)
        if change.last_name is not UNSET:
            to.last_name = plain_name(change.last_name)
        if change.phone is not UNSET:
            to.set_phone(checks.take(normal_phone, change.phone) if change.phone else None)
        if change.username is not UNSET:
            to.username = checks.take(checked_username, change.username) if change.username else None
        if change.date_of_birth is not UNSET:
            born = to.date_of_birth = change.date_of_birth
            if born is not None:
                checks.take(lambda _: checked_birth(born, today=self._clock().date()), "")
        if change.preferences is not UNSET and change.preferences.locale is not UNSET:
            checks.take(checked_locale, change.preferences.locale)
        checks.settle()
        if change.preferences is not UNSET:
            to.preferences = _preferred(to.preferences, change.preferences)

    async def list_sessions(
        self, *, user_id: UUID, current: UUID | None, cursor: str | None, limit: int
    ) -> Page[SessionView]:
        """Newest first; the one the caller speaks from is marked `current`."""
        before = decode_id_cursor(cursor, sort=CURSOR)
        found = await self._sessions.of_user(
            user_id=user_id, now=self._clock(), before=before, limit=limit + 1
        )
        for session in found:
            session.current = session.id == current
        return page_of(found, limit, lambda session: encode_cursor(CURSOR, session.id))

    async def end_session(self, *, user_id: UUID, session_id: UUID) -> None:
        """Its access token is dead within 2 s. Raises NotFound, also for someone else's."""
        if not await self._sessions.revoke(user_id=user_id, session_id=session_id, now=self._clock()):
            raise NotFound

    async def end_other_sessions(self, *, user_id: UUID, session_id: UUID) -> None:
        """All but this one; their access tokens are dead within 2 s."""
        await self._sessions.revoke_others(user_id=user_id, keep=session_id, now=self._clock())

    async def ensure_admin(self, *, email: str, password: str, command: str) -> MadeAdmin:
        """A platform administrator with this address; nothing changes for one who is.

        An existing account of that address is taken over: nothing that opened it before opens it any more.
        Audited as done by `command`. Raises Invalid, AddressOfDeleted.
        """
        checks = Checks()
        address = checks.take(normal_email, email) or ""
        known = await self._users.by_email(address) if address else None
        if known is not None and known.platform_admin:
            return MadeAdmin(user=self._view(known))
        await checks.password(password, own_words=[email])
        checks.settle()
        hashed, now = await self._hasher.hash(password), self._clock()
        if known is not None:
            await self._take_over(known, hashed, command=command, now=now)
            return MadeAdmin(user=self._view(known), taken_over=True)
        user = User(email=address, created_at=now)
        user.make_admin(password_hash=hashed, now=now)
        if not await self._users.add(user):
            raise AddressOfDeleted
        await self._outbox.add(UserRegistered(user_id=user.id, email=user.email))
        rights = TakenOver(disabled=False, platform_admin=True)
        await self._note(command, "users.create", user, after=rights)
        return MadeAdmin(user=self._view(user))

    async def _take_over(self, user: User, password_hash: str, *, command: str, now: datetime) -> None:
        """Its owner is told by mail, in case the address was not meant."""
        before = TakenOver(disabled=user.disabled_at is not None, platform_admin=False)
        user.make_admin(password_hash=password_hash, now=now)
        await self._ways_in.close(user_id=user.id, now=now)
        await self._users.save(user)
        await self._outbox.add(PasswordChanged(user_id=user.id, device="", occurred_at=now))
        after = TakenOver(disabled=False, platform_admin=True, password_replaced=True, sessions_ended=True)
        await self._note(command, "users.change", user, before=before, after=after)

    async def _note(
        self, command: str, action: str, user: User, *, after: TakenOver, before: TakenOver | None = None
    ) -> None:
        await self._audit.record(
            actor=commanded(command),
            action=action,
            target=f"user:{user.id}",
            store_id=None,
            before=before,
            after=after,
        )

    async def setup_token(self) -> str | None:
        """A token for `set_up`, good for a day and one use; None once the platform has an administrator.

        Asking again makes the earlier one void.
        """
        if await self._users.any_admin():
            return None
        token, now = new_secret(), self._clock()
        await self._tokens.replace(
            purpose=SET_UP, user_id=None, token_hash=digest(token), now=now, expires_at=now + SET_UP_LIFE
        )
        return token

    async def set_up(self, *, token: str, email: str, password: str) -> MadeAdmin:
        """The platform's first administrator. Raises InvalidOneTimeToken, and what `ensure_admin` raises."""
        used = await self._tokens.use(purpose=SET_UP, token_hash=digest(token), now=self._clock())
        if used is None or await self._users.any_admin():
            raise InvalidOneTimeToken
        return await self.ensure_admin(email=email, password=password, command=SET_UP)

    async def sweep(self, *, now: datetime) -> None:
        """Forget what ended a week ago, and networks that nobody came from for a month."""
        await self._cleaner.sweep(before=now - KEPT_AFTER_END, unseen_since=now - NETWORKS_KEPT)


def _preferred(kept: Preferences, change: PreferencesChange) -> Preferences:
    """What was sent, over what there is."""
    locale = kept.locale if change.locale is UNSET else change.locale
    sent = {} if change.mails is UNSET else change.mails
    mails = msgspec.structs.asdict(kept.mails) | {str(kind): wanted for kind, wanted in sent.items()}
    return Preferences(locale=locale, mails=MailWishes(**mails))
