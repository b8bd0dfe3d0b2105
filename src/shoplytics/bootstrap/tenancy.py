"""Tenancy's services."""

from collections.abc import Callable, Mapping

from shoplytics.adapters.postgres.catalog import PgStoreRatings
from shoplytics.adapters.postgres.identity import PgLiveUsers
from shoplytics.adapters.postgres.identity.cards import PgUserCards
from shoplytics.adapters.postgres.tenancy import (
    PgAllStores,
    PgAuditLog,
    PgDenials,
    PgDirectory,
    PgInvitations,
    PgKeyDoor,
    PgKeys,
    PgMembers,
    PgMemberships,
    PgStoreDirectory,
    PgStores,
    RecentStoreDirectory,
)
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.infra import Infra
from shoplytics.kernel.access import StoreRole
from shoplytics.modules.tenancy.service import (
    AuditService,
    DirectoryService,
    InvitationLetters,
    InvitationsService,
    InvitedService,
    KeyGate,
    KeysService,
    Logos,
    MembersService,
    PlatformStores,
    StaffNotices,
    StoreDefaults,
    TenancyService,
)
from shoplytics.ports.tenancy import AuditLog, StoreDirectory

Scopes = Mapping[str, frozenset[StoreRole]]


def store_directory(work: Work) -> StoreDirectory:
    """For the other modules, in their unit of work."""
    return PgStoreDirectory(work)


def audit_log(work: Work) -> AuditLog:
    """For the other modules, in their unit of work."""
    return PgAuditLog(work)


def store_directory_alone(infra: Infra) -> StoreDirectory:
    """For hot paths outside any unit of work; build it once and keep it."""
    return RecentStoreDirectory(infra.database)


def _stores(infra: Infra, work: Work) -> TenancyService:
    users = PgUserCards(work)
    return TenancyService(
        stores=PgStores(work),
        members=PgMembers(work),
        users=users,
        audit=PgAuditLog(work),
        outbox=infra.outbox(work),
        letters=InvitationLetters(
            invitations=PgInvitations(work),
            mails=infra.mails(work),
            public_url=infra.settings.public_url,
        ),
        notices=StaffNotices(users=users, stores=store_directory(work), mails=infra.mails(work)),
        logos=Logos(
            stores=PgStores(work),
            jobs=infra.jobs(work),
            pictures=infra.pictures,
            audit=PgAuditLog(work),
            outbox=infra.outbox(work),
            clock=infra.clock,
        ),
        defaults=StoreDefaults(
            currency=infra.settings.currency, low_stock_threshold=infra.settings.low_stock
        ),
        clock=infra.clock,
    )


def _members(infra: Infra, work: Work) -> MembersService:
    return MembersService(
        members=PgMembers(work),
        invitations=PgInvitations(work),
        users=PgLiveUsers(infra.database),
        audit=PgAuditLog(work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def _invitations(infra: Infra, work: Work) -> InvitationsService:
    return InvitationsService(
        invitations=PgInvitations(work),
        members=PgMembers(work),
        stores=store_directory(work),
        users=PgLiveUsers(infra.database),
        audit=PgAuditLog(work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def _invited(infra: Infra, work: Work) -> InvitedService:
    return InvitedService(
        invitations=PgInvitations(work),
        members=PgMembers(work),
        users=PgUserCards(work),
        audit=PgAuditLog(work),
        clock=infra.clock,
    )


def store_keys(infra: Infra, work: Work, scopes: Scopes) -> KeysService:
    return KeysService(
        keys=PgKeys(work),
        members=PgMembers(work),
        audit=PgAuditLog(work),
        scopes=scopes,
        clock=infra.clock,
    )


def _audit_log(_infra: Infra, work: Work) -> AuditService:
    return AuditService(reader=PgAuditLog(work))


def _platform_stores(infra: Infra, work: Work) -> PlatformStores:
    return PlatformStores(
        every=PgAllStores(work, link=infra.pictures.url),
        stores=PgStores(work),
        audit=PgAuditLog(work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def _memberships(infra: Infra) -> PgMemberships:
    return PgMemberships(infra.database)


def _directory(infra: Infra) -> DirectoryService:
    return DirectoryService(
        directory=PgDirectory(infra.database, link=infra.pictures.url), ratings=PgStoreRatings(infra.database)
    )


def _denials(infra: Infra) -> PgDenials:
    return PgDenials(infra.database)


def api_keys(infra: Infra, scopes: Scopes) -> KeyGate:
    return KeyGate(
        door=PgKeyDoor(infra.database),
        users=PgLiveUsers(infra.database),
        scopes=scopes,
        clock=infra.clock,
    )


TENANCY_WITH_WORK: dict[str, Callable[[Infra, Work], object]] = {
    "tenancy": _stores,
    "members": _members,
    "invitations": _invitations,
    "invited": _invited,
    "audit_log": _audit_log,
    "platform_stores": _platform_stores,
}
TENANCY_ALONE: dict[str, Callable[[Infra], object]] = {
    "memberships": _memberships,
    "directory": _directory,
    "denials": _denials,
}
