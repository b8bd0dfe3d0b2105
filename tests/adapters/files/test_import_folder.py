"""The import folder of a store, and everything around it that a name must not reach."""

import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from shoplytics.adapters.files.import_folder import LocalImportFolder
from shoplytics.kernel.errors import NotFound


@pytest.fixture
def store(tmp_path: Path) -> UUID:
    """A store with files of its own, a neighbour with a secret, and links that lead out."""
    store = uuid4()
    own = tmp_path / str(store)
    (own / "vendor").mkdir(parents=True)
    (tmp_path / "secret.csv").write_text("secret")
    for age, name in enumerate(["vendor/new.csv", "vendor/old.csv", "vendor/.hidden.csv", "plain.csv"]):
        path = own / name
        path.write_text(name)
        os.utime(path, (2_000_000_000 - age, 2_000_000_000 - age))
    (own / "vendor" / "zlink.csv").symlink_to(tmp_path / "secret.csv")
    (own / "out").symlink_to(tmp_path)
    os.mkfifo(own / "pipe.csv")
    return store


class TestImportFolder:
    async def test_takes_the_newest_file_that_matches(self, tmp_path: Path, store: UUID) -> None:
        folder = LocalImportFolder(tmp_path)
        found = await folder.newest(store_id=store, pattern="vendor/*.csv")
        assert found is not None
        assert (found.name, found.size) == ("vendor/new.csv", 14)
        assert b"".join([c async for c in folder.read(store_id=store, name=found.name)]) == b"vendor/new.csv"

    @pytest.mark.parametrize(
        "path",
        [
            "../secret.csv", "vendor/../../secret.csv", "/etc/passwd", "out/secret.csv", "vendor/zlink.csv",
            "pipe.csv", "vendor", "none.csv", "", ".", "vendor/\0", "out/*",
        ],
    )  # fmt: skip
    async def test_reaches_nothing_else(self, tmp_path: Path, store: UUID, path: str) -> None:
        folder = LocalImportFolder(tmp_path)
        assert await folder.newest(store_id=store, pattern=path) is None
        with pytest.raises(NotFound):
            await anext(folder.read(store_id=store, name=path))
