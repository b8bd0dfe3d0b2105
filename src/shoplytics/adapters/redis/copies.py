"""Copies of answers in the memory of each process, dropped everywhere when what they tell of has changed."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar

from redis.asyncio import Redis

from shoplytics.adapters.redis.client import cancellable, while_reachable
from shoplytics.kernel.codec import from_json, to_json
from shoplytics.kernel.ids import new_id

T = TypeVar("T")
CHANNEL = "shoplytics:changed"
MAX_BYTES = 6_000_000
MAX_SHARE = 20  # one copy takes a twentieth of all room at most
OVERHEAD = 1_500  # bytes that keys, tags and bookkeeping of one copy take
MAX_SECONDS = 900.0
BEAT_SECONDS = 0.5
PAUSE_SECONDS = 0.1  # under load one message tells of many changes


@dataclass(eq=False)
class _Copy:
    tags: frozenset[str]
    value: Any = None
    until: float = 0.0
    size: int = OVERHEAD
    stale: bool = False


@dataclass(eq=False)
class _Flight:
    """A load that others who want the same wait for."""

    copy: _Copy
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    loaded: bool = False
    cancelled: bool = False


class RedisCopies:
    """Without a live subscription nothing is kept: a process that cannot hear of changes always asks anew.

    `client` must not share the hot path's time-outs: it waits for messages.
    """

    def __init__(
        self, client: Redis, *, room: int = MAX_BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        # Publishing knows no databases: those who share a server would empty each other's copies.
        self._channel = f"{CHANNEL}:{client.connection_pool.connection_kwargs.get('db') or 0}"
        self._sender = f"from:{new_id()}"  # in each message among the tags: what we said is no news to us
        self._clock = clock
        self._room = room
        self._taken = 0
        self._copies: OrderedDict[str, _Copy] = OrderedDict()
        self._tagged: dict[str, set[str]] = {}
        self._loading: set[_Copy] = set()
        self._flights: dict[str, _Flight] = {}  # the newest of each key
        self._hears = asyncio.Event()
        self._to_tell: set[str] = set()
        self._wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def get(
        self,
        key: str,
        *,
        tags: Collection[str],
        seconds: float,
        weight: Callable[[T], int],
        load: Callable[[], Awaitable[T]],
    ) -> T:
        """The copy, or what `load` answers; that is kept unless one of `tags` was dropped meanwhile.

        Who comes while another loads waits for that, unless a tag was dropped since; if it fails, each loads.
        """
        self._start()
        found = self._found(key)
        while found is None and (ahead := self._flights.get(key)) is not None and not ahead.copy.stale:
            await ahead.ended.wait()
            if ahead.loaded:
                found = ahead.copy
            elif not ahead.cancelled:
                break
        if found is not None:
            value: T = found.value
            return value
        copy = _Copy(tags=frozenset(tags), stale=not self._hears.is_set())
        value = await self._load(key, copy, load)
        if not copy.stale:
            copy.until = self._clock() + min(seconds, MAX_SECONDS)
            copy.size = OVERHEAD + weight(value)
            self._keep(key, copy)
        return value

    def drop(self, *tags: str) -> None:
        """Call it after the commit: at once here, within a second in every other process."""
        self._start()
        self._forget(tags)
        self._to_tell.update(tags)
        self._wanted.set()

    async def hearing(self) -> None:
        """Wait until changes made elsewhere are heard of."""
        self._start()
        await self._hears.wait()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._to_tell:  # what came in while it paused
            with while_reachable():
                await self._client.publish(self._channel, to_json([self._sender, *self._to_tell]))

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._tell())]

    def _found(self, key: str) -> _Copy | None:
        found = self._copies.get(key)
        if found is None or found.until <= self._clock():
            return None
        self._copies.move_to_end(key)
        return found

    async def _load(self, key: str, copy: _Copy, load: Callable[[], Awaitable[T]]) -> T:
        """A cancelled load is its caller's own affair: the next of those who wait loads in its place."""
        self._loading.add(copy)
        self._flights[key] = flight = _Flight(copy)
        try:
            copy.value = value = await load()
            flight.loaded = True
        except asyncio.CancelledError:
            flight.cancelled = True
            raise
        finally:
            self._loading.discard(copy)
            if self._flights.get(key) is flight:
                del self._flights[key]
            flight.ended.set()
        return value

    def _keep(self, key: str, copy: _Copy) -> None:
        self._remove(key)
        if copy.size * MAX_SHARE > self._room:
            return
        self._copies[key] = copy
        self._taken += copy.size
        for tag in copy.tags:
            self._tagged.setdefault(tag, set()).add(key)
        while self._taken > self._room:
            self._remove(next(iter(self._copies)))

    def _remove(self, key: str) -> None:
        copy = self._copies.pop(key, None)
        self._taken -= 0 if copy is None else copy.size
        for tag in copy.tags if copy is not None else ():
            keys = self._tagged[tag]
            keys.discard(key)
            if not keys:
                del self._tagged[tag]

    def _forget(self, tags: Collection[str]) -> None:
        for copy in self._loading:
            copy.stale = copy.stale or not copy.tags.isdisjoint(tags)
        for tag in tags:
            for key in list(self._tagged.get(tag, ())):
                self._remove(key)

    def _forget_all(self) -> None:
        self._hears.clear()
        for copy in self._loading:
            copy.stale = True
        self._copies.clear()
        self._tagged.clear()
        self._taken = 0

    async def _tell(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            tags, self._to_tell = self._to_tell, set()
            told = False
            with while_reachable():
                await self._client.publish(self._channel, to_json([self._sender, *tags]))
                told = True
            if not told:  # others may hear what we could not say: again, until it is said
                self._to_tell.update(tags)
                self._wanted.set()
            await asyncio.sleep(PAUSE_SECONDS if told else BEAT_SECONDS)

    async def _hear(self) -> None:
        while True:
            with while_reachable():
                await self._hear_until_lost()
            self._forget_all()
            await asyncio.sleep(BEAT_SECONDS)

    async def _hear_until_lost(self) -> None:
        """A ping each half second is answered in the same stream: silence of two beats is loss."""
        async with self._client.pubsub() as subscription:
            with cancellable():
                await subscription.subscribe(self._channel)
            heard = asked = self._clock()
            while self._clock() - heard < 2 * BEAT_SECONDS:
                with (
                    cancellable()
                ):  # each by itself: a cancellation that is lost here is not found at the end
                    message = await subscription.get_message(timeout=BEAT_SECONDS)
                now = self._clock()
                if message is not None:
                    heard = now
                    self._on(message)
                if now - asked >= BEAT_SECONDS:
                    asked = now
                    with cancellable():
                        await subscription.ping()

    def _on(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            self._hears.set()
        elif message["type"] == "message":
            tags = from_json(message["data"], list[str])
            if self._sender not in tags:
                self._forget(tags)
