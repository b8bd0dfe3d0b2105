"""What workers do for the catalogue."""

from datetime import datetime

from shoplytics.modules.catalog.service import (
    CatalogService,
    ImportFile,
    ImportProducts,
    ImportProgress,
    Phase,
)
from shoplytics.ports.catalog import CatalogChanged
from shoplytics.ports.jobs import JobRun
from shoplytics.ports.tenancy import StoreChanged
from shoplytics.ports.tracking import VisitsRecorded


async def take_store(event: StoreChanged, catalog: CatalogService) -> None:
    """Keep the store's name, activity and currency beside its products."""
    await catalog.store_changed(event)


async def drop_copies(event: CatalogChanged, catalog: CatalogService) -> None:
    """Kept answers go in every process, even if the writer died right after its commit."""
    catalog.drop_copies(event)


async def count_visits(event: VisitsRecorded, catalog: CatalogService) -> None:
    """Add visits to the products' popularity; the outbox marks the row in the same transaction."""
    await catalog.count_visits(event)


async def forget_import_keys(now: datetime, catalog: CatalogService) -> None:
    """Jobs that succeed clean up after themselves; this is for the others."""
    await catalog.imports.forget_old(now)


async def import_products(run: JobRun[CatalogService]) -> None:
    """Two readings of the uploaded file; after a crash go on behind the last committed part."""
    asked = run.payload(ImportProducts)
    done = run.cursor(ImportProgress) or ImportProgress()
    async with run.batch() as batch:
        file = await batch.service.imports.open(asked=asked)
    if done.phase is Phase.SURVEY:
        done = (await _survey(run, file, asked, done)).surveyed()
    done = await _apply(run, file, asked, done)
    async with run.batch() as batch:
        result = await batch.service.imports.finish(asked=asked, job_id=run.id, done=done)
    await run.finish(result)
    await file.discard()


async def _survey(
    run: JobRun[CatalogService], file: ImportFile, asked: ImportProducts, done: ImportProgress
) -> ImportProgress:
    async for part in file.parts(after_line=done.line):
        async with run.batch() as batch:
            imports = batch.service.imports
            done, errors = await imports.survey(asked=asked, job_id=run.id, part=part, before=done)
            await batch.reject(errors)
            await batch.progress(done=0, total=done.rows, cursor=done)
    return done


async def _apply(
    run: JobRun[CatalogService], file: ImportFile, asked: ImportProducts, done: ImportProgress
) -> ImportProgress:
    async for part in file.parts(after_line=done.line):
        async with run.batch() as batch:
            imports = batch.service.imports
            done, errors = await imports.apply(asked=asked, job_id=run.id, part=part, before=done)
            await batch.reject(errors)
            await batch.progress(done=done.rows, total=done.total, cursor=done)
    return done
