"""Whether mails can leave, and whether the deployment's own templates can be read."""

from collections.abc import Iterator

from shoplytics.adapters.letters import Letters
from shoplytics.adapters.mail.smtp import SmtpMailer
from shoplytics.cli.doctor.finding import FAIL, OK, WARN, Finding
from shoplytics.kernel.errors import Unavailable
from shoplytics.settings import Settings, SettingsError
from shoplytics.settings.plugins import Senders, senders_of


async def examine(settings: Settings) -> list[Finding]:
    try:
        senders = senders_of(settings)
    except SettingsError as problem:
        return [*(Finding(FAIL, "mails", text) for text in problem.problems), *_templates(settings)]
    return [await _mailer(senders), *_templates(settings)]


async def _mailer(senders: Senders) -> Finding:
    """A server that is away is a warning: mails wait for it."""
    if not isinstance(senders.mailer, SmtpMailer):
        return Finding(OK, "mails", f"by the plugin {senders.mailer.name!r}")
    try:
        return Finding(OK, "mails", await senders.mailer.check())
    except Unavailable as problem:
        return Finding(WARN, "mails", f"the mail server: {problem}")


def _templates(settings: Settings) -> Iterator[Finding]:
    letters = Letters(title=settings.brand_title, url=settings.public_url, folder=settings.templates)
    for problem in letters.check():
        yield Finding(FAIL, "letters", problem)
