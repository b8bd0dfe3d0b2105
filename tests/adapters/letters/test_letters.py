"""Letters in words: every one the house writes, in every language it has, and a deployment's own."""

import importlib
import pkgutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin
from uuid import uuid4

import msgspec
import pytest
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError, TemplateNotFound

import shoplytics
from shoplytics.adapters.letters import OWN, Letters
from shoplytics.kernel.letters import Letter
from shoplytics.modules.tenancy.domain.letters import InvitationLetter
from shoplytics.ports.mails import Body, Channel

S = TypeVar("S", bound=msgspec.Struct)
SAMPLES: dict[type, object] = {
    str: "</p><script>alert(1)</script>",
    int: 5,
    bool: True,
    datetime: datetime(2026, 11, 27, 1, 45, tzinfo=UTC),
    date: date(2026, 11, 27),
}


class Plain(Letter, frozen=True, kw_only=True):
    template = "plain"

    word: str


def house_letters() -> list[type[Letter]]:
    """Every letter that a module of ours defines."""
    for info in pkgutil.walk_packages(shoplytics.__path__, "shoplytics."):
        if ".domain" in info.name or info.name.endswith(".letters"):
            importlib.import_module(info.name)
    found = [kind for kind in Letter.__subclasses__() if kind.__module__.startswith("shoplytics.")]
    return sorted(found, key=lambda kind: kind.template)


def sample(kind: type[S]) -> S:
    """With values nobody should have to read, the worst a user can give; in structs within, too."""
    values: dict[str, object] = {}
    for field in msgspec.structs.fields(kind):
        wanted = next((a for a in get_args(field.type) if a in SAMPLES), field.type)
        origin = get_origin(wanted)
        if origin in (list, tuple):
            values[field.encode_name] = [_value(get_args(wanted)[0])]
        else:
            values[field.encode_name] = _value(wanted)
    return kind(**values)


def _value(wanted: Any) -> object:  # noqa: ANN401 - any annotation
    nested = isinstance(wanted, type) and issubclass(wanted, msgspec.Struct)
    return sample(wanted) if nested else SAMPLES.get(wanted, uuid4())


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def letters(folder: Path | None = None) -> Letters:
    return Letters(title="The Shop", url="https://shop.example", folder=folder)


def plain(folder: Path, text: str, *, html: str = "<p>{{ word }}</p>", word: str = "Hello") -> Body:
    write(folder, "en/plain.txt", text)
    write(folder, "en/plain.html", html)
    return letters(folder).render(Plain(word=word), Channel.MAIL, "en")


class TestHouseLetters:
    def test_put_a_strangers_name_into_a_subject_briefly_and_without_a_link(self) -> None:
        name = "Win at HTTPS://evil.example/" + "x" * 100
        letter = InvitationLetter(store=name, role="staff", link="https://shop.example/i", days=7)
        subject = letters().render(letter, Channel.MAIL, "en").subject
        cut = name.replace("HTTPS://", "")[:60]
        assert subject == f"{cut} invites you to work with them at The Shop"

    def test_are_found(self) -> None:
        assert "address_taken" in {kind.template for kind in house_letters()}

    @pytest.mark.parametrize("kind", house_letters(), ids=lambda kind: kind.template)
    def test_say_everything_they_have_to(self, kind: type[Letter]) -> None:
        """Each has a mail or a text message, whole, and no value that is not escaped."""
        sms = (OWN / "en" / f"{kind.template}.sms").exists()
        txt = (OWN / "en" / f"{kind.template}.txt").exists()
        assert sms or txt
        if sms:
            assert letters().render(sample(kind), Channel.SMS, "en").text
        if txt:
            body = letters().render(sample(kind), Channel.MAIL, "en")
            assert body.subject
            assert len(body.text) > len(body.subject)
            assert "<script>" not in body.html
            assert body.html.lstrip().startswith("<!doctype html>")

    def test_have_no_template_without_a_letter(self) -> None:
        known = {kind.template for kind in house_letters()}
        assert {path.stem for path in (OWN / "en").iterdir()} == known

    def test_all_compile(self) -> None:
        assert list(letters().check()) == []


class TestWords:
    def test_take_the_first_line_as_the_subject(self, tmp_path: Path) -> None:
        body = plain(tmp_path, "{{ word }} from {{ shop }}\n\nRead {{ url }}/x\n")
        assert body.subject == "Hello from The Shop"
        assert body.text == "Read https://shop.example/x\n"
        assert body.html == "<p>Hello</p>"

    def test_let_no_value_break_the_subject(self, tmp_path: Path) -> None:
        body = plain(tmp_path, "For {{ word }}\n\nText", word="Eve\r\nBcc: all@example.com")
        assert "\n" not in body.subject
        assert "\r" not in body.subject

    def test_escape_in_html_only(self, tmp_path: Path) -> None:
        body = plain(tmp_path, "x\n\n{{ word }}", word="<b>")
        assert body.text == "<b>\n"
        assert body.html == "<p>&lt;b&gt;</p>"

    def test_refuse_a_name_the_letter_lacks(self, tmp_path: Path) -> None:
        with pytest.raises(UndefinedError):
            plain(tmp_path, "{{ wrod }}")

    def test_reach_nothing_but_the_letter(self, tmp_path: Path) -> None:
        with pytest.raises(SecurityError):
            plain(tmp_path, "{{ word.__class__.__mro__ }}")

    def test_of_the_deployment_replace_one_file_of_ours(self, tmp_path: Path) -> None:
        kind = next(kind for kind in house_letters() if kind.template == "address_taken")
        write(tmp_path, "en/address_taken.txt", "Moin\n\nOur own words.")
        body = letters(tmp_path).render(sample(kind), Channel.MAIL, "en")
        assert body.subject == "Moin"
        assert "You already have an account" in body.html

    def test_of_the_deployment_that_do_not_compile_are_named(self, tmp_path: Path) -> None:
        write(tmp_path, "en/plain.txt", "{% if %}")
        assert [problem.partition(":")[0] for problem in letters(tmp_path).check()] == ["en/plain.txt"]


class TestLocale:
    @pytest.mark.parametrize(
        ("wanted", "subject"),
        [
            ("fa", "fa"),
            ("fa-IR", "fa-IR"),
            ("fa_IR", "fa-IR"),
            ("fa-AF", "fa"),
            ("sv", "en"),
            ("", "en"),
            ("../fa", "en"),
        ],
    )
    def test_is_the_nearest_there_is(self, tmp_path: Path, wanted: str, subject: str) -> None:
        for known in ("en", "fa", "fa-IR"):
            write(tmp_path, f"{known}/plain.txt", f"{known}\n\n.")
            write(tmp_path, f"{known}/plain.html", "<html dir={{ direction }}>")
        body = letters(tmp_path).render(Plain(word=""), Channel.MAIL, wanted)
        assert body.subject == subject
        assert body.html == ("<html dir=ltr>" if subject == "en" else "<html dir=rtl>")

    def test_falls_back_to_nothing_without_english(self, tmp_path: Path) -> None:
        write(tmp_path, "fa/plain.txt", "x")
        with pytest.raises(TemplateNotFound):
            letters(tmp_path).render(Plain(word=""), Channel.MAIL, "sv")
