"""Asking a provider: never for long, never for much, and never where it sends us instead."""

import asyncio
from collections.abc import Mapping

import httpx
import msgspec
import structlog

from shoplytics.ports.sign_in import ProviderUnavailable

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
WHOLE_SECONDS = 12.0
"""Of one request: a provider that drips byte by byte never reaches the read time-out."""
MOST_BYTES = 256 * 1024
OK, SERVER_FAULT = 200, 500
BUSY = 429

log = structlog.get_logger("shoplytics.oidc")


def open_client() -> httpx.AsyncClient:
    """For all providers of a process. Compressed answers are not asked for: they may unpack to anything."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "shoplytics"},
        limits=httpx.Limits(max_connections=20, max_keepalive_connections=5),
    )


class Fetch:
    """JSON from one provider. Raises ProviderUnavailable; the log has the reason, without what was sent."""

    def __init__(self, client: httpx.AsyncClient, *, provider: str) -> None:
        self._client = client
        self._provider = provider

    def failed(self, url: str, reason: str) -> ProviderUnavailable:
        """To be raised; for an operator to see why sign-in does not work."""
        log.warning("oidc_provider_unavailable", provider=self._provider, reason=reason, url=url)
        return ProviderUnavailable()

    async def get(self, url: str, *, bearer: str | None = None) -> object:
        """Of an answer that is 200."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer is not None else {}
        status, document = await self._ask("GET", url, headers=headers)
        if status != OK:
            raise self.failed(url, f"status {status}")
        return document

    async def post(self, url: str, *, form: Mapping[str, str], basic: str | None) -> tuple[int, object]:
        """Status and document, also of a refusal (4xx); None for what is no JSON."""
        headers = {"Authorization": f"Basic {basic}"} if basic is not None else {}
        return await self._ask("POST", url, headers=headers, form=form)

    async def _ask(
        self, method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> tuple[int, object]:
        try:
            async with (
                asyncio.timeout(WHOLE_SECONDS),
                self._client.stream(method, url, headers=headers, data=form) as answer,
            ):
                status = answer.status_code
                body = await self._body(answer, url)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise self.failed(url, type(error).__name__) from None
        if status >= SERVER_FAULT or status == BUSY or OK < status < 400:  # noqa: PLR2004 - redirects, too
            raise self.failed(url, f"status {status}")
        try:
            return status, msgspec.json.decode(body)
        except msgspec.DecodeError:
            if status == OK:
                raise self.failed(url, "no JSON") from None
            return status, None

    async def _body(self, answer: httpx.Response, url: str) -> bytes:
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise self.failed(url, "compressed, though not asked for")
        body = bytearray()
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > MOST_BYTES:
                raise self.failed(url, f"more than {MOST_BYTES} bytes")
        return bytes(body)
