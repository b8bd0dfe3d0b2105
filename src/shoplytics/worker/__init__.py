"""The processes behind the API: workers run what is due, the scheduler says what becomes due when."""

from shoplytics.worker.process import run_worker
from shoplytics.worker.tasks import run_due

__all__ = ["run_due", "run_worker"]
