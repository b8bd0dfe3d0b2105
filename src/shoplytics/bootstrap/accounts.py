"""What belongs to an account besides signing in to it."""

from collections.abc import Callable, Mapping

from shoplytics.adapters.postgres.identity import PgUsers
from shoplytics.adapters.postgres.identity.addresses import PgAddresses
from shoplytics.adapters.postgres.identity.two_factor import PgOwnFactor
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.infra import Infra
from shoplytics.modules.identity.domain.two_factor import RecoverySeal
from shoplytics.modules.identity.service.addresses import AddressService
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
        clock=infra.clock,
    )


WITH_WORK: Mapping[str, Callable[[Infra, Work], object]] = {
    "address_book": address_service,
    "two_factor": two_factor_service,
}
ALONE: Mapping[str, Callable[[Infra], object]] = {"second_factor": second_factor}
