"""The catalogue's variants and options."""

from shoplytics.adapters.postgres.catalog import PgCatalog, PgMovements, PgOffers, PgVariants
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.infra import Infra
from shoplytics.bootstrap.tenancy import audit_log, store_directory
from shoplytics.modules.catalog.service import OfferService, OptionService, VariantService


def offer_service(infra: Infra, work: Work) -> OfferService:
    return OfferService(
        offers=PgOffers(work),
        movements=PgMovements(work),
        stores=store_directory(work),
        audit=audit_log(work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def variant_service(infra: Infra, work: Work) -> VariantService:
    return VariantService(
        variants=PgVariants(work),
        offers=offer_service(infra, work),
        stores=store_directory(work),
        audit=audit_log(work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def option_service(infra: Infra, work: Work) -> OptionService:
    return OptionService(
        catalog=PgCatalog(work, link=infra.pictures.url),
        variants=PgVariants(work),
        stores=store_directory(work),
        audit=audit_log(work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )
