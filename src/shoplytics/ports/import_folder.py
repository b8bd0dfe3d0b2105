"""Where files for import are put by other programs: a folder for each store, read and never written."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec


class FoundFile(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is its path below the store's folder."""

    name: str
    size: int
    modified: datetime


class ImportFolder(Protocol):
    """Nothing outside the store's own folder is looked at: no dots, and no links followed on the way."""

    async def newest(self, *, store_id: UUID, pattern: str) -> FoundFile | None:
        """The file changed last of those that match; `*` and `?` stand for parts of the file's name only."""
        ...

    def read(self, *, store_id: UUID, name: str) -> AsyncIterator[bytes]:
        """Raises NotFound for what is not a plain file, or not there any more."""
        ...
