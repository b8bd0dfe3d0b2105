"""What one process has opened, and what any unit of work gets from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from shoplytics.adapters.argon2 import Argon2Hasher
from shoplytics.adapters.pictures import StoredPictures
from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.identity import PgGuesses, PgKnownNetworks, PgReaders
from shoplytics.adapters.postgres.identity.two_factor import PgFactors
from shoplytics.adapters.postgres.jobs import PgJobState
from shoplytics.adapters.postgres.leases import Leases
from shoplytics.adapters.postgres.mails import PgMails
from shoplytics.adapters.postgres.outbox import AfterCommit, PgJobs, PgOutbox
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.clock import Clock, utc_now
from shoplytics.kernel.letters import Letter
from shoplytics.kernel.module import Module
from shoplytics.modules.identity.domain.two_factor import RecoverySeal
from shoplytics.modules.identity.service import Guard
from shoplytics.modules.identity.service.two_factor import TwoFactorCheck
from shoplytics.ports.cache import Cache, Copies
from shoplytics.ports.fetcher import Fetcher
from shoplytics.ports.mails import Body, Channel, Render
from shoplytics.ports.object_store import SweptStore
from shoplytics.ports.outbox import Bell
from shoplytics.ports.payment_provider import PaymentProvider
from shoplytics.ports.rate_limiter import RateLimiter
from shoplytics.ports.sign_in import SignInProvider
from shoplytics.ports.vault import Vault
from shoplytics.settings import Settings
from shoplytics.settings.plugins import Senders, senders_of


def task_name(module: Module, handler: Callable[..., object]) -> str:
    """How outbox rows and schedules name a handler: `<module>.<function>`."""
    return f"{module.name}.{handler.__name__}"


def routes_of(modules: Sequence[Module]) -> dict[str, tuple[str, ...]]:
    """Event type -> names of the tasks that want it."""
    routes: dict[str, tuple[str, ...]] = {}
    for module in modules:
        for event, handlers in [*module.subscribers.items(), *module.errands.items()]:
            routes[event.type] = routes.get(event.type, ()) + tuple(task_name(module, h) for h in handlers)
    return routes


@dataclass(kw_only=True)
class Infra:
    """The opened parts of one process."""

    settings: Settings
    database: Database
    objects: SweptStore
    bell: Bell
    cache: Cache
    copies: Copies
    limiter: RateLimiter
    vault: Vault
    fetcher: Fetcher
    providers: Mapping[str, SignInProvider] = field(default_factory=dict)
    payment_providers: Mapping[str, PaymentProvider] = field(default_factory=dict)
    clock: Clock = utc_now
    routes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    hasher: Argon2Hasher = field(default_factory=Argon2Hasher)
    job_id: UUID | None = None  # the job whose batch this is; its events are tagged with it

    @cached_property
    def guard(self) -> Guard:
        """One a process: in it guesses at one account take turns."""
        return Guard(
            guesses=PgGuesses(self.database),
            networks=PgKnownNetworks(self.database),
            secret=self.settings.secret_key,
            clock=self.clock,
        )

    @cached_property
    def second_factor(self) -> TwoFactorCheck:
        """What every sign-in and every proof of who one is asks besides the password."""
        return TwoFactorCheck(
            factors=PgFactors(self.database),
            vault=self.vault,
            seal=RecoverySeal(self.settings.secret_key),
        )

    @cached_property
    def senders(self) -> Senders:
        """The plugins that letters leave by. Raises SettingsError."""
        return senders_of(self.settings)

    @cached_property
    def _letters(self) -> Render:
        # Jinja2 is 4 MB, and hardly any letter is written by the API.
        from shoplytics.adapters.letters import Letters  # noqa: PLC0415

        own = self.settings
        return Letters(title=own.brand_title, url=own.public_url, folder=own.templates).render

    def _render(self, letter: Letter, channel: Channel, locale: str) -> Body:
        return self._letters(letter, channel, locale)

    def mails(self, work: Work) -> PgMails:
        return PgMails(
            work,
            vault=self.vault,
            render=self._render,
            bell=self.bell,
            readers=PgReaders(self.database),
            clock=self.clock,
        )

    @cached_property
    def pictures(self) -> StoredPictures:
        base = self.settings.media_url or f"{self.settings.public_url.rstrip('/')}/media"
        return StoredPictures(self.objects, base=base)

    def outbox(self, work: Work) -> PgOutbox:
        return PgOutbox(work, self.routes, bell=self.bell, stale=self.stale(work), job_id=self.job_id)

    def stale(self, work: Work) -> AfterCommit:
        """What a commit makes wrong in the copies of all processes."""
        return AfterCommit(work, self.copies)

    def jobs(self, work: Work) -> PgJobs:
        return PgJobs(work, bell=self.bell)

    def job_state(self, work: Work) -> PgJobState:
        """How jobs stand, for those who watch or cancel them."""
        return PgJobState(work)

    def broker(self, leases: Leases, *, task: str) -> Any:  # noqa: ANN401 - an AsyncBroker, see below
        """What hands a worker its rows, each to the Taskiq task `task`; see `broker` in the settings."""
        # Taskiq with its pydantic and aiohttp is 15 MB, and the API, which only rings, has no use for it.
        from shoplytics.adapters.postgres.broker import PostgresBroker  # noqa: PLC0415
        from shoplytics.adapters.redis.broker import RedisBroker  # noqa: PLC0415

        if self.settings.broker == "postgres":
            return PostgresBroker(self.database, leases, task=task)
        return RedisBroker(
            self.settings.redis_url,
            task=task,
            free=lambda: leases.free,
            offers=leases.offers,
            add=leases.queue.add,
        )
