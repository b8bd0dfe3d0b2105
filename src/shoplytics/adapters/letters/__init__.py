"""Letters in words: Jinja2 templates of this package, any of which a deployment may replace.

`templates/<locale>/<template>.txt`, `.html` and `.sms`; the first line of the text is the subject, and
`base.html` is what every html body stands in. A file of the same name in the deployment's folder wins.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, Template, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shoplytics.kernel.letters import Letter
from shoplytics.ports.mails import Body, Channel

OWN = Path(__file__).parent / "templates"
LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}")
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}
FALLBACK = "en"
SCHEME = re.compile(r"\w+://")
BRIEF = 60


def moment(value: datetime) -> str:
    """For people: `27 November 2026, 01:45 UTC`."""
    utc = value.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M} UTC"


def brief(text: str) -> str:
    """A stranger's name for a subject: short, and no link by itself."""
    return SCHEME.sub("", text)[:BRIEF].strip()


def _locales(wanted: str) -> Iterator[str]:
    if LOCALE.fullmatch(wanted):
        language, _, region = wanted.replace("_", "-").partition("-")
        if region:
            yield f"{language.lower()}-{region}"
        yield language.lower()
    yield FALLBACK


class Letters:
    """`folder` holds the deployment's own files, `title` is the shop's name, `url` begins every link."""

    def __init__(self, *, title: str, url: str, folder: Path | None = None) -> None:
        loaders = [FileSystemLoader(path) for path in (folder, OWN) if path is not None]
        self._templates = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader(loaders),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["moment"] = moment
        self._templates.filters["brief"] = brief
        self._templates.globals.update(shop=title, url=url.rstrip("/"))

    def render(self, letter: Letter, channel: Channel, locale: str) -> Body:
        """Raises Jinja2's TemplateError for a template that is missing or names what the letter lacks."""
        if channel is Channel.SMS:
            return Body(text=self._say(letter, "sms", locale).strip())
        head, _, text = self._say(letter, "txt", locale).strip().partition("\n")
        return Body(
            subject=" ".join(head.split()),
            text=text.strip() + "\n",
            html=self._say(letter, "html", locale),
        )

    def check(self) -> Iterator[str]:
        """What is wrong with the files there are, each in a sentence."""
        for name in self._templates.list_templates():
            if name.endswith((".txt", ".html", ".sms")):
                try:
                    self._templates.get_template(name)
                except Exception as error:  # a loader may fail in any way
                    yield f"{name}: {error}"

    def _say(self, letter: Letter, kind: str, locale: str) -> str:
        template: Template = self._templates.select_template(
            [f"{known}/{letter.template}.{kind}" for known in _locales(locale)]
        )
        language = (template.name or FALLBACK).partition("/")[0]
        return template.render(
            **msgspec.structs.asdict(letter),
            locale=language,
            direction="rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr",
        )
