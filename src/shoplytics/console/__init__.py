"""Pages for people: what this is, signing in, the mailbox. Rendered here, without scripts.

Only what a mailed link opens has one, to hand on a token that no server may see (account.py).

Who asks is known by a cookie alone, and forms carry a token of it (browser.py).
"""

from collections.abc import Callable, Mapping

from shoplytics.bootstrap import Infra
from shoplytics.console.account import AccountPages
from shoplytics.console.browser import Browser
from shoplytics.console.checkout import CheckoutPages
from shoplytics.console.mailbox import MailboxPages
from shoplytics.console.pages import Pages
from shoplytics.console.routes import ConsolePages, HomePage
from shoplytics.kernel.access import platform, public, signed_in, system
from shoplytics.kernel.module import Module

ROOT = (HomePage, ConsolePages, MailboxPages, AccountPages, CheckoutPages)
"""Controllers outside /api/v1."""

CONSOLE = Module(
    name="console",
    permissions=(
        public("console:home"),
        public("console:door"),
        system("console:sign-in"),
        signed_in("console:read"),
        platform("console:mailbox"),
        system("checkout:sandbox"),
        system("checkout:result"),
    ),
)


def _browser(infra: Infra) -> Browser:
    return Browser(infra.settings)


def _pages(infra: Infra) -> Pages:
    return Pages(infra.settings)


ALONE: Mapping[str, Callable[[Infra], object]] = {"browser": _browser, "pages": _pages}
