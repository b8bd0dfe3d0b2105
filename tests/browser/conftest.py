"""A real shop on a port of its own, and a real Chromium that complains about nothing."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
import uvicorn
from playwright.async_api import Browser, Page, Request, async_playwright

from shoplytics.bootstrap import Infra
from shoplytics.settings import Settings
from tests.apps import serving
from tests.workers import until

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ANSWERED = "Failed to load resource"  # how Chromium tells of a status from 400 up, wanted or not


@dataclass(kw_only=True)
class Shop:
    base: str
    infra: Infra
    client: httpx.AsyncClient


@pytest.fixture(scope="session")
def chromium() -> str:
    """Skips without one, or fails where SHOPLYTICS_REQUIRE_BROWSER=1."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        why = f"no browser: none of {', '.join(NAMES)} is installed"
        if os.environ.get("SHOPLYTICS_REQUIRE_BROWSER") == "1":
            pytest.fail(why)
        pytest.skip(why)
    return found


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with serving(msgspec.structs.replace(settings, public_url=base)) as app:
            server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
            running = asyncio.create_task(server.serve(sockets=[listening]))

            async def started() -> bool:
                return server.started

            await until(started, seconds=10)
            async with httpx.AsyncClient(base_url=base) as client:
                yield Shop(base=base, infra=app.parts.infra, client=client)
            server.should_exit = True
            await running


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        sandboxed = os.geteuid() != 0  # Chromium's sandbox does not run as root
        opened = await playwright.chromium.launch(executable_path=chromium, chromium_sandbox=sandboxed)
        yield opened
        await opened.close()


@dataclass
class Complaints:
    """What a page must not do: fail in its scripts, break its own policy, ask anybody else."""

    base: str
    heard: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", lambda told: self.console(told.type, told.text))
        page.on("pageerror", lambda error: self.heard.append(str(error)))
        page.on("request", self.request)

    def console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not text.startswith(ANSWERED):
            self.heard.append(text)

    def request(self, asked: Request) -> None:
        if not asked.url.startswith(("data:", "about:")) and not asked.url.startswith(f"{self.base}/"):
            self.heard.append(f"a request to {urlsplit(asked.url).netloc}")


@pytest.fixture
async def page(browser: Browser, shop: Shop) -> AsyncIterator[Page]:
    complaints = Complaints(shop.base)
    context = await browser.new_context(base_url=shop.base)
    context.set_default_timeout(20_000)
    context.on("page", complaints.listen)
    yield await context.new_page()
    await context.close()
    assert complaints.heard == []
