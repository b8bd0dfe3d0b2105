"""What the doctor says of the object store."""

from collections.abc import AsyncIterator
from pathlib import Path

from shoplytics.cli.doctor.objects import examine, probe
from shoplytics.kernel.errors import NotFound, Unavailable
from shoplytics.settings import Settings


class Store:
    """In memory; `lacks` says what it does not do."""

    def __init__(self, lacks: str = "") -> None:
        self._lacks = lacks
        self.objects: dict[str, bytes] = {}

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        if self._lacks == "writing":
            raise Unavailable("The disk is full.")
        self.objects[key] = b"".join([chunk async for chunk in chunks])
        return len(self.objects[key])

    async def read(self, key: str) -> AsyncIterator[bytes]:
        if key not in self.objects or self._lacks == "reading":
            raise NotFound
        yield self.objects[key][: 3 if self._lacks == "the end" else None]

    async def delete(self, key: str) -> None:
        if self._lacks != "removing":
            self.objects.pop(key, None)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class TestObjects:
    async def test_are_well_in_a_folder_that_can_be_written(self, tmp_path: Path) -> None:
        settings = Settings(database_url="", redis_url="", secret_key=b"", home=tmp_path)
        [(level, subject, text)] = await examine(settings)
        assert (level, subject, text) == ("ok", "objects", "'files' takes, gives back and removes")
        assert files_in(tmp_path) == []

    async def test_fail_where_the_folder_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "objects").write_text("a file")
        settings = Settings(database_url="", redis_url="", secret_key=b"", home=tmp_path)
        [(level, _, text)] = await examine(settings)
        assert level == "fail"
        assert "could not be written" in text

    async def test_fail_with_a_plugin_that_lacks_a_value(self) -> None:
        settings = Settings(database_url="", redis_url="", secret_key=b"", object_store="s3")
        [(level, _, text)] = await examine(settings)
        assert level == "fail"
        assert "SHOPLYTICS_S3_BUCKET" in text

    async def test_name_what_a_store_does_not_do(self) -> None:
        said = {}
        for lacks in ("", "writing", "reading", "the end", "removing"):
            store = Store(lacks)
            found = await probe(store, name="own")
            said[lacks] = (found.level, found.text.removeprefix("'own'"), len(store.objects))
        assert said == {
            "": ("ok", " takes, gives back and removes", 0),
            "writing": ("fail", ": an object could not be written: The disk is full.", 0),
            "reading": ("fail", f": an object could not be read: {NotFound()}", 1),
            "the end": ("fail", " gives back something else than was written", 0),
            "removing": ("warn", " keeps what is removed", 1),
        }
