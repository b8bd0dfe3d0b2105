"""Fetching what strangers name: pictures and files at addresses that nobody has vetted."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from shoplytics.kernel.errors import Invalid


class AddressRefused(Invalid):
    code = "address_not_allowed"
    message = "Only public http and https addresses are fetched, on their usual ports, without a user name."


class FetchFailed(Invalid):
    code = "fetch_failed"
    message = "The address did not answer as it should."


class FetchedTooMuch(Invalid):
    code = "fetched_too_large"
    message = "What lies at the address is larger than may be fetched."


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """The answer, whose content is read while the fetch is open; `media_type` is the server's claim."""

    media_type: str
    chunks: AsyncIterator[bytes]


class Fetcher(Protocol):
    """Reaches public hosts and nothing else, whatever the address says or its name resolves to."""

    def check(self, url: str) -> None:
        """For the door: raises AddressRefused for what shows without asking anybody."""
        ...

    def fetch(self, url: str, *, limit: int, seconds: float) -> AbstractAsyncContextManager[Fetched]:
        """An answer of status 200; redirects are not followed.

        No more than `limit` bytes in no more than `seconds` for all of it. Raises AddressRefused,
        FetchFailed, and FetchedTooMuch, the latter two while `chunks` are read as well.
        """
        ...
