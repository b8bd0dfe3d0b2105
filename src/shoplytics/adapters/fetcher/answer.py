"""What comes back, before anybody has looked whether it will do."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from shoplytics.ports.fetcher import FetchFailed


class NotConnected(FetchFailed):
    """The host may be reached at another of its addresses."""

    message = "Nobody answers at the address."


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`headers` are found by lower-case names."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]
