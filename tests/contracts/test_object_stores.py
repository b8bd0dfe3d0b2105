"""What every object store promises, ours and those of other packages."""

import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from tests.pictures import chunks_of
from tests.smtp_server import free_port

from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.errors import Invalid, NotFound, Unavailable
from shoplytics.ports.object_store import Linked, SweptStore
from shoplytics.settings import Settings, SettingsError
from shoplytics.settings.plugins import OBJECT_STORES, object_store_of

BUCKET = "shop"


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    """moto's server as a process of its own, with a bucket."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        httpx.put(f"{url}/{BUCKET}", timeout=60).raise_for_status()
        yield url
    finally:
        server.terminate()
        server.wait()


def s3(url: str, **options: str) -> SweptStore:
    given = {"BUCKET": BUCKET, "ENDPOINT": url, "KEY_ID": "id", "SECRET_KEY": "secret"} | options
    return of("s3", {f"SHOPLYTICS_S3_{name}": value for name, value in given.items() if value})


def of(name: str, options: Mapping[str, str], home: Path = Path()) -> SweptStore:
    return object_store_of(
        Settings(
            database_url="",
            redis_url="",
            secret_key=b"",
            home=home,
            object_store=name,
            plugin_options=tuple(options.items()),
        )
    )


@pytest.fixture(params=["files", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SweptStore:
    if request.param == "files":
        return of("files", {}, tmp_path)
    return s3(request.getfixturevalue("s3_url"))


@pytest.fixture
def folder() -> str:
    """A prefix that no other test has."""
    return f"media/{uuid4().hex}"


async def content(store: SweptStore, key: str) -> bytes:
    return b"".join([chunk async for chunk in store.read(key)])


async def keys(store: SweptStore, prefix: str, *, minutes: int) -> set[str]:
    before = utc_now() + timedelta(minutes=minutes)
    return {key async for batch in store.keys(prefix, before=before) for key in batch}


class TestObjectStore:
    def test_is_named_as_its_entry_point(self, store: SweptStore) -> None:
        assert getattr(store, "name", None) in entry_points(group=OBJECT_STORES).names

    async def test_gives_back_what_it_was_given(self, store: SweptStore, folder: str) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            for letter in b"abc":
                yield bytes([letter]) * 6_000_000  # more than one part of an upload

        assert await store.put(f"{folder}/large", pieces()) == 18_000_000
        sizes = [len(chunk) async for chunk in store.read(f"{folder}/large")]
        assert (sum(sizes), max(sizes) < 9_000_000) == (18_000_000, True)
        assert await store.put(f"{folder}/large", chunks_of(b"small")) == 5
        assert await content(store, f"{folder}/large") == b"small"
        assert await store.put(f"{folder}/none", chunks_of(b"")) == 0
        assert await content(store, f"{folder}/none") == b""

    async def test_shows_nothing_of_what_broke_off(self, store: SweptStore, folder: str) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield b"x" * 9_000_000
            raise Invalid

        with pytest.raises(Invalid):
            await store.put(f"{folder}/broken", broken())
        with pytest.raises(NotFound):
            await content(store, f"{folder}/broken")
        assert await keys(store, folder, minutes=5) == set()

    async def test_removes_and_does_not_mind_what_is_not_there(self, store: SweptStore, folder: str) -> None:
        await store.put(f"{folder}/a", chunks_of(b"a"))
        for _ in range(2):
            await store.delete(f"{folder}/a")
        with pytest.raises(NotFound):
            await content(store, f"{folder}/a")

    async def test_lists_and_forgets_by_folder_and_age(self, store: SweptStore, folder: str) -> None:
        for key in (f"{folder}/a", f"{folder}/deep/b", f"{folder}x/c"):
            await store.put(key, chunks_of(b"x"))
        assert await keys(store, folder, minutes=5) == {f"{folder}/a", f"{folder}/deep/b"}
        assert await keys(store, folder, minutes=-5) == set()
        assert await store.forget(folder, before=utc_now() - timedelta(minutes=5)) == 0
        assert await store.forget(folder, before=utc_now() + timedelta(minutes=5)) == 2
        assert await keys(store, folder, minutes=5) == set()
        assert await content(store, f"{folder}x/c") == b"x"

    @pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../../x", "a\x00"])
    async def test_takes_no_other_keys(self, store: SweptStore, key: str) -> None:
        with pytest.raises(Invalid):
            await store.put(key, chunks_of(b"x"))

    async def test_links_to_what_a_browser_may_read(self, store: SweptStore, folder: str) -> None:
        key = f"{folder}/{uuid4().hex}.webp"
        await store.put(key, chunks_of(b"picture"))
        if isinstance(store, Linked):
            link = await store.link(key)
            assert link is not None
            async with httpx.AsyncClient() as browser:
                answer = await browser.get(link)
            assert (answer.content, answer.headers["content-type"]) == (b"picture", "image/webp")
            assert answer.headers["cache-control"].endswith("immutable")


class TestS3:
    async def test_says_when_it_cannot_be_reached(self) -> None:
        gone = s3("http://127.0.0.1:9")
        for ask in (gone.put("a", chunks_of(b"x")), gone.delete("a"), content(gone, "a")):
            with pytest.raises(Unavailable):
                await ask

    async def test_links_nowhere_when_it_is_to_be_streamed(self) -> None:
        streamed = s3("http://127.0.0.1:9", MEDIA="stream")
        assert isinstance(streamed, Linked)
        assert await streamed.link("media/a.webp") is None

    @pytest.mark.parametrize(
        ("options", "problem"),
        [
            ({"BUCKET": ""}, "SHOPLYTICS_S3_BUCKET: the plugin 's3' needs it"),
            ({"SECRET_KEY": ""}, "both SHOPLYTICS_S3_KEY_ID and SHOPLYTICS_S3_SECRET_KEY"),
            ({"ENDPOINT": "s3.example"}, "SHOPLYTICS_S3_ENDPOINT"),
            ({"MEDIA": "maybe"}, "cannot start"),
            ({"BUKET": "x"}, "SHOPLYTICS_S3_BUKET: the plugin 's3' has no such setting"),
        ],
        ids=repr,
    )
    def test_says_what_is_missing(self, options: dict[str, str], problem: str) -> None:
        with pytest.raises(SettingsError, match=problem):
            s3("http://127.0.0.1:9", **options)
