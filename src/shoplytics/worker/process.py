"""One worker process from its start to its clean end."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence

import structlog
from taskiq import AsyncBroker
from taskiq.receiver import Receiver

from shoplytics.adapters.postgres.database import LOST
from shoplytics.adapters.postgres.leases import Leases
from shoplytics.adapters.postgres.queue import LEASE
from shoplytics.bootstrap import MODULES, Infra, open_infra
from shoplytics.kernel.module import Module
from shoplytics.settings import Settings
from shoplytics.worker.signals import until_told
from shoplytics.worker.tasks import Runner, bind, queue_for

FINISH_SECONDS = 18.0
ROW_TASK = "shoplytics.row"
SPARE_CONNECTIONS = 4
log = structlog.get_logger("shoplytics.worker")


async def run_worker(
    settings: Settings,
    *,
    slots: int = 8,
    modules: Sequence[Module] = MODULES,
    lease_seconds: float = LEASE.total_seconds(),
    stop: asyncio.Event | None = None,
) -> None:
    """Run what is due, `slots` rows at a time, until `stop` is set or SIGTERM or SIGINT comes.

    Then running tasks get 18 s to end; what is left is rolled back and given back to other workers.
    """
    logging.getLogger("taskiq").setLevel(logging.WARNING)
    async with contextlib.AsyncExitStack() as parts:
        told = await parts.enter_async_context(until_told(stop))
        infra = await parts.enter_async_context(
            open_infra(settings, slow=True, connections=slots + SPARE_CONNECTIONS, modules=modules)
        )
        log.info("worker.senders", mailer=infra.senders.mailer.name, sms=infra.senders.sms.name)
        queue = queue_for(infra, modules, lease=lease_seconds)
        leases = Leases(queue, slots=slots)
        tasks = bind(infra, queue, modules)
        runner = Runner(leases, tasks)
        broker = _broker_of(infra, leases, runner)
        renewing = asyncio.create_task(_keep_renewing(leases, every=lease_seconds / 3))
        receiver = Receiver(broker, max_async_tasks=slots, wait_tasks_timeout=FINISH_SECONDS)
        log.info("worker.started", slots=slots, broker=settings.broker, tasks=len(tasks))
        try:
            await receiver.listen(told)
        finally:
            renewing.cancel()
            await runner.stop()
            with contextlib.suppress(*LOST):
                await leases.give_back()
            await broker.shutdown()
        log.info("worker.stopped")


def _broker_of(infra: Infra, leases: Leases, runner: Runner) -> AsyncBroker:
    broker: AsyncBroker = infra.broker(leases, task=ROW_TASK)

    async def run_row(row_id: str) -> None:
        await runner.run(row_id)

    broker.register_task(run_row, task_name=ROW_TASK)
    return broker


async def _keep_renewing(leases: Leases, *, every: float) -> None:
    """Nothing may end this while tasks run: their rows would go to others."""
    while True:
        await asyncio.sleep(every)
        try:
            await leases.renew()
        except LOST as error:
            log.info("queue.unreachable", error=str(error))
        except Exception:
            log.exception("queue.error")
