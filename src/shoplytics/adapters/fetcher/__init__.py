"""Fetches from public hosts only: a name is resolved once, its addresses judged, and those connected to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from ipaddress import ip_address
from socket import SOCK_STREAM
from typing import TypeAlias

from shoplytics.adapters.fetcher.addresses import PORTS, Address, Network, Target, check, literal, target_of
from shoplytics.adapters.fetcher.answer import Answer, NotConnected
from shoplytics.ports.fetcher import AddressRefused, Fetched, FetchedTooMuch, FetchFailed

Resolve: TypeAlias = Callable[[str], Awaitable[Sequence[Address]]]
Ask: TypeAlias = Callable[[Target, Address], AbstractAsyncContextManager[Answer]]

OK = 200
MOST_ADDRESSES = 4  # of one name that are tried


async def resolve(host: str) -> list[Address]:
    """By the system, which also reads 2130706433, 0x7f.1 and 0177.0.0.1. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=SOCK_STREAM)
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


class SafeFetcher:
    """See ports/fetcher.py. `trusted` networks and `ports` are what the operator allows besides."""

    def __init__(
        self,
        *,
        trusted: Sequence[Network] = (),
        ports: Collection[int] = (),
        resolve: Resolve = resolve,
        ask: Ask | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._trusted = tuple(trusted)
        self._ports = PORTS | frozenset(ports)
        self._resolve = resolve
        self._ask = ask
        self._tls = tls

    def check(self, url: str) -> None:
        target = target_of(url, ports=self._ports)
        address = literal(target.host)
        if address is not None:
            check([address], trusted=self._trusted)

    @asynccontextmanager
    async def fetch(self, url: str, *, limit: int, seconds: float) -> AsyncIterator[Fetched]:
        target = target_of(url, ports=self._ports)
        deadline = asyncio.get_running_loop().time() + seconds
        async with AsyncExitStack() as parts:
            try:
                async with asyncio.timeout_at(deadline):
                    answer = await self._open(target, parts)
            except TimeoutError:
                raise _late() from None
            _check(answer, limit)
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            yield Fetched(media_type=media_type, chunks=_body(answer, limit, deadline))

    async def _open(self, target: Target, parts: AsyncExitStack) -> Answer:
        ask = self._ask or self._over_http
        for address in (await self._addresses(target))[:MOST_ADDRESSES]:
            try:
                return await parts.enter_async_context(ask(target, address))
            except NotConnected:
                continue
        raise NotConnected

    async def _addresses(self, target: Target) -> Sequence[Address]:
        """All of the name's, each of them allowed: to choose among them would be to trust its owner."""
        address = literal(target.host)
        try:
            found = [address] if address is not None else await self._resolve(target.host)
        except (OSError, UnicodeError):
            raise FetchFailed("The host of the address is not known.") from None
        if not found:
            raise AddressRefused
        check(found, trusted=self._trusted)
        return found

    def _over_http(self, target: Target, address: Address) -> AbstractAsyncContextManager[Answer]:
        # httpx is 7 MB, and the API, which only checks, has no use for it.
        from shoplytics.adapters.fetcher.client import ask  # noqa: PLC0415

        return ask(target, address, tls=self._tls)


def _check(answer: Answer, limit: int) -> None:
    """Raises FetchFailed and FetchedTooMuch."""
    if answer.status != OK:
        msg = f"The address answered with status {answer.status}; redirects are not followed."
        raise FetchFailed(msg)
    if answer.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise FetchFailed("The answer is compressed, though that was not asked for.")
    announced = answer.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit:
        raise FetchedTooMuch


async def _body(answer: Answer, limit: int, deadline: float) -> AsyncIterator[bytes]:
    size = 0
    chunks = aiter(answer.chunks)
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise _late() from None
        if chunk is None:
            return
        size += len(chunk)
        if size > limit:
            raise FetchedTooMuch
        yield chunk


def _late() -> FetchFailed:
    return FetchFailed("The address did not answer in time.")
