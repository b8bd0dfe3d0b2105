"""The catalogue's imports: of uploaded files, and of those that are brought in at night."""

from shoplytics.adapters.files.import_folder import LocalImportFolder
from shoplytics.adapters.postgres.catalog import PgImports, PgReports, PgSources
from shoplytics.adapters.postgres.identity.cards import PgUserCards
from shoplytics.adapters.postgres.tenancy import PgTeam
from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap.infra import Infra
from shoplytics.bootstrap.tenancy import audit_log, store_directory
from shoplytics.modules.catalog.service import (
    CatalogImports,
    ImportNotices,
    ImportReports,
    ImportSources,
    Intake,
    NightlyImports,
    SourceDoor,
)
from shoplytics.ports.import_folder import ImportFolder


def _reports(infra: Infra, work: Work) -> ImportReports:
    return ImportReports(reports=PgReports(work), public_url=infra.settings.public_url)


def _folder(infra: Infra) -> ImportFolder | None:
    root = infra.settings.import_folder
    return None if root is None else LocalImportFolder(root)


def catalog_imports(infra: Infra, work: Work) -> CatalogImports:
    return CatalogImports(
        catalog=PgImports(work, link=infra.pictures.url),
        reports=_reports(infra, work),
        stores=store_directory(work),
        audit=audit_log(work),
        objects=infra.objects,
        jobs=infra.jobs(work),
        outbox=infra.outbox(work),
        clock=infra.clock,
    )


def nightly_imports(infra: Infra, work: Work) -> NightlyImports:
    sources, stores, folder = PgSources(work), store_directory(work), _folder(infra)
    return NightlyImports(
        sources=ImportSources(
            sources=sources,
            catalog=PgImports(work, link=infra.pictures.url),
            stores=stores,
            fetcher=infra.fetcher,
            folder=folder,
            jobs=infra.jobs(work),
            audit=audit_log(work),
            clock=infra.clock,
        ),
        intake=Intake(
            sources=sources,
            reports=_reports(infra, work),
            stores=stores,
            door=SourceDoor(fetcher=infra.fetcher, folder=folder, objects=infra.objects),
            outbox=infra.outbox(work),
            clock=infra.clock,
        ),
        notices=ImportNotices(
            sources=sources,
            stores=stores,
            team=PgTeam(work),
            users=PgUserCards(work),
            mails=infra.mails(work),
            public_url=infra.settings.public_url,
        ),
    )
