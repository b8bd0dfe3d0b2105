"""What belongs to an account besides signing in to it."""

from collections.abc import Callable, Mapping

from shoplytics.adapters.postgres.identity import PgUsers
from shoplytics.adapters.postgres.identity.addresses import PgAddresses
from shoplytics.adapters.postgres.identity.people import PgLeaving, PgPeople
from shoplytics.adapters.postgres.identity.two_factor import PgOwnFactor
from shoplytics.adapters.postgres.personal import IDENTITY, TENANCY, PgPersonalData
from shoplytics.adapters.postgres.tenancy import PgAuditLog
from shoplytics.adapters.postgres.tenancy.people import PgOwnership
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.identity import account_ending, password_proof
from shoplytics.bootstrap.infra import Infra
from shoplytics.modules.identity.domain.two_factor import RecoverySeal
from shoplytics.modules.identity.service.addresses import AddressService
from shoplytics.modules.identity.service.leaving import LeavingService
from shoplytics.modules.identity.service.people import PeopleService
from shoplytics.modules.identity.service.two_factor import TwoFactorCheck, TwoFactorService


def address_service(infra: Infra, work: Work) -> AddressService:
    return AddressService(addresses=PgAddresses(work), clock=infra.clock)


def second_factor(infra: Infra) -> TwoFactorCheck:
    return infra.second_factor


def two_factor_service(infra: Infra, work: Work) -> TwoFactorService:
    return TwoFactorService(
        users=PgUsers(work),
        own=PgOwnFactor(work),
        check=infra.second_factor,
        guard=infra.guard,
        hasher=infra.hasher,
        vault=infra.vault,
        seal=RecoverySeal(infra.settings.secret_key),
        issuer=infra.settings.brand_title,
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def leaving_service(infra: Infra, work: Work) -> LeavingService:
    return LeavingService(
        users=PgUsers(work),
        leaving=PgLeaving(work),
        ending=account_ending(infra, work),
        data=(PgPersonalData(work, IDENTITY), PgPersonalData(work, TENANCY)),
        stores=PgOwnership(work),
        proof=password_proof(infra, work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def people_service(infra: Infra, work: Work) -> PeopleService:
    return PeopleService(
        people=PgPeople(work), stores=PgOwnership(work), audit=PgAuditLog(work), clock=infra.clock
    )


WITH_WORK: Mapping[str, Callable[[Infra, Work], object]] = {
    "address_book": address_service,
    "two_factor": two_factor_service,
    "leaving": leaving_service,
    "people": people_service,
}
ALONE: Mapping[str, Callable[[Infra], object]] = {"second_factor": second_factor}
