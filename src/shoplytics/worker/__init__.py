"""The processes behind the API: workers run what is due, the scheduler says what becomes due when."""

from shoplytics.worker.process import run_worker
from shoplytics.worker.scheduler import run_scheduler
from shoplytics.worker.tasks import run_due

__all__ = ["run_due", "run_scheduler", "run_worker"]
