"""What one process shares between requests: the opened infrastructure and the services built from it."""

import time
from collections.abc import Callable, Hashable, Mapping

from shoplytics.adapters.postgres.work import Work
from shoplytics.bootstrap import Infra
from shoplytics.operations.metrics import Metrics
from shoplytics.settings import Settings

WithWork = Mapping[str, Callable[[Infra, Work], object]]
Alone = Mapping[str, Callable[[Infra], object]]


DENIAL_SECONDS = 60.0
DENIALS_KEPT = 10_000


class Parts:
    """`infra` is there from the lifespan's start to its end; services that need no work are built once."""

    def __init__(self, settings: Settings, *, with_work: WithWork, alone: Alone) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.with_work = with_work
        self._builders = alone
        self._alone: dict[str, object] = {}
        self._infra: Infra | None = None
        self._denied: dict[Hashable, float] = {}

    @property
    def infra(self) -> Infra:
        if self._infra is None:
            msg = "the application has not been started: enter its lifespan first"
            raise RuntimeError(msg)
        return self._infra

    def denied_lately(self, what: Hashable) -> bool:
        """Whether the same was asked within the last minute; somebody who tries on need not fill a log."""
        now = time.monotonic()
        if self._denied.get(what, 0.0) > now:
            return True
        if len(self._denied) >= DENIALS_KEPT:
            self._denied.clear()
        self._denied[what] = now + DENIAL_SECONDS
        return False

    def opened(self, infra: Infra | None) -> None:
        """Take the infrastructure in use, or (None) forget it and every service built on it."""
        self._infra = infra
        self._alone.clear()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.with_work) | frozenset(self._builders)

    def has_alone(self, name: str) -> bool:
        return name in self._builders

    def alone(self, name: str) -> object:
        """The process's one service of that name. Raises KeyError."""
        service = self._alone.get(name)
        if service is None:
            service = self._alone[name] = self._builders[name](self.infra)
        return service
