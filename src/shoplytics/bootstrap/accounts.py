"""What belongs to an account besides signing in to it."""

from shoplytics.adapters.postgres.identity.addresses import PgAddresses
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.infra import Infra
from shoplytics.modules.identity.service.addresses import AddressService


def address_service(infra: Infra, work: Work) -> AddressService:
    return AddressService(addresses=PgAddresses(work), clock=infra.clock)
