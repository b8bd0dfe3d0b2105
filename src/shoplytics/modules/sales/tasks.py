"""What workers do for sales."""

from contextlib import aclosing
from datetime import datetime

from shoplytics.kernel.csv_rows import BadFile
from shoplytics.modules.sales.service import ImportOrders, ImportProgress, SalesService
from shoplytics.ports.identity import UserErased
from shoplytics.ports.jobs import JobCancelled, JobRun
from shoplytics.ports.sales import OrderCancelled, OrderPaid, OrderPlaced, OrderShipped


async def mail_parcel(event: OrderShipped, sales: SalesService) -> None:
    """Tell the buyer what is on its way."""
    await sales.letters.shipped(event)


async def import_orders(run: JobRun[SalesService]) -> None:
    """Record the uploaded file part by part; after a crash go on behind the last committed one."""
    asked = run.payload(ImportOrders)
    done = run.cursor(ImportProgress) or ImportProgress()
    async with run.batch() as batch:
        file = await batch.service.open_import(asked=asked)
    try:
        await file.survey()
        async with aclosing(file.parts(after=done)) as parts:
            async for part in parts:
                async with run.batch() as batch:
                    done = await batch.service.import_part(asked=asked, part=part, before=done)
                    await batch.reject(part.errors)
                    await batch.progress(done=done.rows, total=file.rows, cursor=done)
        await run.finish(done.result(dry_run=asked.dry_run))
    except (JobCancelled, BadFile):  # nobody will ask for the rest
        await file.discard()
        raise
    await file.discard()


async def purge_carts(now: datetime, sales: SalesService) -> None:
    """Carts of guests who did not come back."""
    await sales.carts.purge(now)


async def forget_cart(event: UserErased, sales: SalesService) -> None:
    """An erased user's cart is nobody's."""
    await sales.carts.forget(event.user_id, email=event.email)


async def free_stock(_now: datetime, sales: SalesService) -> None:
    """What is held for orders that nobody paid in time; the database's clock says which."""
    await sales.expiry.free_stock()


async def cancel_unpaid(_now: datetime, sales: SalesService) -> None:
    """Orders that nobody paid at all."""
    await sales.expiry.cancel_unpaid()


async def mail_placed(event: OrderPlaced, sales: SalesService) -> None:
    """Confirm the order to its buyer."""
    await sales.order_letters.placed(event)


async def mail_paid(event: OrderPaid, sales: SalesService) -> None:
    """Tell the store that it has something to do."""
    await sales.order_letters.paid(event)


async def mail_cancelled(event: OrderCancelled, sales: SalesService) -> None:
    """Tell the buyer, and the store if it had been told of the order."""
    await sales.order_letters.cancelled(event)


async def remind_of_carts(now: datetime, sales: SalesService) -> None:
    """One mail a cart and store to who left it an hour ago and can be written to."""
    await sales.carts.reminders.send(now)
