"""What workers do for the catalogue."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from shoplytics.kernel.errors import ShopError, Unavailable
from shoplytics.modules.catalog.ports import SourceState
from shoplytics.modules.catalog.service import (
    Arrival,
    CatalogService,
    ImageMade,
    ImportFile,
    ImportProducts,
    ImportProgress,
    MakeImage,
    Phase,
    RunSource,
    upload_of,
)
from shoplytics.ports.catalog import CatalogChanged, ImageDropped, ImportSourceRan, LowStock
from shoplytics.ports.identity import UserErased
from shoplytics.ports.jobs import JobRun
from shoplytics.ports.sales import OrdersRecorded
from shoplytics.ports.tenancy import StoreChanged
from shoplytics.ports.tracking import VisitsRecorded


async def take_store(event: StoreChanged, catalog: CatalogService) -> None:
    """Keep the store's name, activity and currency beside its products."""
    await catalog.store_changed(event)


async def drop_copies(event: CatalogChanged, catalog: CatalogService) -> None:
    """Kept answers go in every process, even if the writer died right after its commit."""
    catalog.drop_copies(event)


async def mail_low_stock(event: LowStock, catalog: CatalogService) -> None:
    """Tell those who look after the store's stock."""
    await catalog.low_stock.told(event)


async def count_visits(event: VisitsRecorded, catalog: CatalogService) -> None:
    """Add visits to the products' popularity; the outbox marks the row in the same transaction."""
    await catalog.popularity.count_visits(event)


async def count_sales(event: OrdersRecorded, catalog: CatalogService) -> None:
    """Add units sold to the products' popularity, and take back those of the order's former version."""
    await catalog.popularity.count_sales(event)


async def forget_popularity(now: datetime, catalog: CatalogService) -> None:
    """What was seen and sold before the last thirty days counts no longer."""
    await catalog.popularity.forget(now)


async def forget_import_keys(now: datetime, catalog: CatalogService) -> None:
    """Jobs that succeed clean up after themselves; this is for the others."""
    await catalog.imports.forget_old(now)


async def start_due_imports(now: datetime, catalog: CatalogService) -> None:
    """Sources whose hour has come by the clock of their store, each once a day."""
    await catalog.nightly.sources.start_due(now)


async def mail_import(event: ImportSourceRan, catalog: CatalogService) -> None:
    """Tell who set the source up, or else those who manage the store, what a run came to."""
    await catalog.nightly.notices.ran(event)


async def import_products(run: JobRun[CatalogService]) -> None:
    """Two readings of the uploaded file; after a crash go on behind the last committed part."""
    asked = run.payload(ImportProducts)
    done = await _import(run, asked, run.cursor(ImportProgress) or ImportProgress(), lambda done: done)
    async with run.batch() as batch:
        result = await batch.service.imports.finish(asked=asked, job_id=run.id, done=done)
        file = await batch.service.imports.open(asked=asked)
    await run.finish(result)
    await file.discard()


async def run_import_source(run: JobRun[CatalogService]) -> None:
    """Bring the file in, unless it is the one that was imported last, and import it; tell what came of it."""
    asked = run.payload(RunSource)
    async with run.batch() as batch:
        intake = batch.service.nightly.intake
        state = await intake.source(asked)
    arrival = run.cursor(Arrival)
    try:
        if arrival is None:
            arrival = await intake.door.take(state.view, store_id=asked.store_id)
        if arrival.digest == state.digest and not asked.forced:
            await _leave(run, asked, arrival)
            return
        await _take_in(run, asked, state, arrival)
    except Unavailable:
        raise
    except ShopError as error:
        name = state.view.location if arrival is None else arrival.name
        async with run.batch() as batch:
            await batch.service.nightly.intake.failed(asked, job_id=run.id, file=name, error=error)
        raise


async def _leave(run: JobRun[CatalogService], asked: RunSource, arrival: Arrival) -> None:
    async with run.batch() as batch:
        result = await batch.service.nightly.intake.unchanged(asked, job_id=run.id, arrival=arrival)
        door = batch.service.nightly.intake.door
    await run.finish(result)
    await door.discard(arrival)


async def _take_in(
    run: JobRun[CatalogService], asked: RunSource, state: SourceState, arrival: Arrival
) -> None:
    upload = upload_of(asked, arrival, state.view)
    async with run.batch() as batch:
        await batch.progress(done=0, total=None, cursor=arrival)
    done = await _import(run, upload, arrival.progress, arrival.at)
    async with run.batch() as batch:
        service = batch.service
        report = await service.imports.finish(asked=upload, job_id=run.id, done=done, keep=False)
        result = await service.nightly.intake.imported(asked, job_id=run.id, arrival=arrival, report=report)
        door = service.nightly.intake.door
    await run.finish(result)
    await door.discard(arrival)


Keep = Callable[[ImportProgress], msgspec.Struct]


async def _import(
    run: JobRun[CatalogService], asked: ImportProducts, done: ImportProgress, keep: Keep
) -> ImportProgress:
    """`keep` makes the job's cursor of how far the import is."""
    async with run.batch() as batch:
        file = await batch.service.imports.open(asked=asked)
    if done.phase is Phase.SURVEY:
        done = (await _survey(run, file, asked, done, keep)).surveyed()
    return await _apply(run, file, asked, done, keep)


async def _survey(
    run: JobRun[CatalogService], file: ImportFile, asked: ImportProducts, done: ImportProgress, keep: Keep
) -> ImportProgress:
    async for part in file.parts(after_line=done.line):
        async with run.batch() as batch:
            imports = batch.service.imports
            done, errors = await imports.survey(asked=asked, job_id=run.id, part=part, before=done)
            await batch.reject(errors)
            await batch.progress(done=0, total=done.rows, cursor=keep(done))
    return done


async def _apply(
    run: JobRun[CatalogService], file: ImportFile, asked: ImportProducts, done: ImportProgress, keep: Keep
) -> ImportProgress:
    async for part in file.parts(after_line=done.line):
        async with run.batch() as batch:
            imports = batch.service.imports
            done, errors = await imports.apply(asked=asked, job_id=run.id, part=part, before=done)
            await batch.reject(errors)
            await batch.progress(done=done.rows, total=done.total, cursor=keep(done))
    return done


async def make_image(run: JobRun[CatalogService]) -> None:
    """Make what was sent, or lies at an address, an image of the gallery; else say there why it is none."""
    asked, made = run.payload(MakeImage), run.cursor(ImageMade)
    if made is None:
        try:
            made = await _make(run, asked)
        except Unavailable:
            raise
        except ShopError as refusal:
            async with run.batch() as batch:
                await batch.service.gallery.failed(asked=asked, refusal=refusal)
            raise
    await run.finish(made)


async def _make(run: JobRun[CatalogService], asked: MakeImage) -> ImageMade:
    async with run.batch() as batch:
        gallery = batch.service.gallery
    async with gallery.renditions(asked) as renditions, run.batch() as batch:
        made = await batch.service.gallery.ready(asked=asked, renditions=renditions)
        await batch.progress(done=1, total=1, cursor=made)
    return made


async def remove_objects(event: ImageDropped, catalog: CatalogService) -> None:
    """Remove the files of an image that nobody shows any more."""
    for key in event.keys:
        await catalog.gallery.pictures.remove(key)


async def sweep_images(now: datetime, catalog: CatalogService) -> None:
    """What came to no end, and files of images that are gone with their product."""
    await catalog.gallery.sweep(now)


async def forget_reviewer(event: UserErased, catalog: CatalogService) -> None:
    """What somebody wrote stays, their name does not."""
    await catalog.reviews.forget(event=event)
