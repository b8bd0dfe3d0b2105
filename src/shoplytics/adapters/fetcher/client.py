"""One request to one address that has been checked, by httpx."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

import httpx

from shoplytics.adapters.fetcher.addresses import Address, Target
from shoplytics.adapters.fetcher.answer import Answer, NotConnected
from shoplytics.ports.fetcher import FetchFailed

CONNECT_SECONDS = 3.0
HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "shoplytics"}


@lru_cache(maxsize=1)
def _authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@asynccontextmanager
async def ask(target: Target, address: Address, *, tls: ssl.SSLContext | None) -> AsyncIterator[Answer]:
    """Speak to that very address, in the host's name. Raises NotConnected and FetchFailed.

    A client of its own each time: a pool would know the connection by its address, and hand one that was
    verified for another host's name on to this one.
    """
    if tls is None:
        tls = await asyncio.to_thread(_authorities)
    timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)  # the whole has a limit of its own
    host = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - IP's version
    async with httpx.AsyncClient(
        verify=tls, trust_env=False, follow_redirects=False, timeout=timeout
    ) as client:
        request = client.build_request(
            "GET",
            f"{target.scheme}://{host}:{target.port}{target.path}",
            headers={**HEADERS, "Host": target.authority},
            extensions={"sni_hostname": target.host},
        )
        try:
            answer = await client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotConnected from error
        except httpx.HTTPError as error:
            raise FetchFailed from error
        try:
            yield Answer(status=answer.status_code, headers=answer.headers, chunks=_chunks(answer))
        finally:
            await answer.aclose()


async def _chunks(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    except httpx.HTTPError as error:
        raise FetchFailed("The answer broke off.") from error
