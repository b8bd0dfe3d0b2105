"""How a module says what it is: one `Module(...)` value in its `module.py`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shoplytics.kernel.access import Permission
from shoplytics.kernel.events import Event

Handler = Callable[..., Awaitable[None]]
"""Event handler `(event, service)`, job `(run)` or scheduled task `(now, service)`; see ports/jobs.py."""


@dataclass(frozen=True, kw_only=True)
class Module:
    """One bounded context; its tasks get the service that `bootstrap.WITH_WORK` builds under its name.

    routes: Litestar controllers. jobs: kind -> function of one `JobRun`. subscribers: event class -> handlers
    of `(event, service)`, each run in one unit of work of its own. errands: handlers that speak with somebody
    else's server, so none is open: they get the service of `bootstrap.ERRANDS`, end their own, and may run
    twice. schedule: handler of `(now, service)` ->
    cron line in UTC, the platform's own schedules as they are at first start.
    """

    name: str
    routes: Sequence[type[Any]] = ()
    permissions: Sequence[Permission] = ()
    jobs: Mapping[str, Handler] = field(default_factory=dict)
    subscribers: Mapping[type[Event], Sequence[Handler]] = field(default_factory=dict)
    errands: Mapping[type[Event], Sequence[Handler]] = field(default_factory=dict)
    schedule: Mapping[Handler, str] = field(default_factory=dict)
