"""What is kept of a user agent."""

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # type: ignore[import-untyped]

from shoplytics.adapters.useragent import UserAgents
from shoplytics.ports.tracking import Agent

READER = UserAgents()
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"


class TestUserAgents:
    def test_knows_every_crawler_of_the_list(self) -> None:
        agents = [agent for entry in CRAWLER_USER_AGENTS_DATA for agent in entry.get("instances", [])]
        assert len(agents) > 1000
        assert [agent for agent in agents if not READER.read(agent).bot] == []

    @pytest.mark.parametrize(
        "agent", ["", "  ", "Mozilla/5.0 HeadlessChrome/120.0", "curl/8.5.0", "Mozilla/5.0 Puppeteer"]
    )
    def test_takes_tools_and_silence_for_bots(self, agent: str) -> None:
        assert READER.read(agent).bot

    @pytest.mark.parametrize(
        ("agent", "device", "browser"),
        [
            (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "desktop", "Chrome"),
            (f"Mozilla/5.0 (Linux; Android 14; SM-X710) {CHROME} Safari/537.36", "tablet", "Chrome"),
            (f"Mozilla/5.0 (Linux; Android 14) {CHROME} Mobile Safari/537.36", "mobile", "Chrome Mobile"),
            (f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) {SAFARI}", "mobile", "Mobile Safari"),
            (f"Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) {SAFARI}", "tablet", "Mobile Safari"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "desktop", "Firefox"),
            ("something else", "desktop", "Other"),
        ],
    )
    def test_keeps_device_class_and_browser_family(self, agent: str, device: str, browser: str) -> None:
        assert READER.read(agent) == Agent(device, browser, bot=False)
