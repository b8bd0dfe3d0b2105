"""What the doctor says of mails."""

from pathlib import Path

import msgspec

from shoplytics.cli.doctor.mails import examine
from shoplytics.settings import Settings
from tests.smtp_server import free_port, smtp_server

PLAIN = Settings(database_url="", redis_url="", secret_key=b"")


async def lines(**settings: object) -> list[tuple[str, str, str]]:
    return [
        (found.level, found.subject, found.text)
        for found in await examine(msgspec.structs.replace(PLAIN, **settings))
    ]


class TestMails:
    async def test_are_well_where_they_are_kept(self) -> None:
        assert await lines() == [("ok", "mails", "by the plugin 'mailbox'")]

    async def test_are_well_when_the_server_answers(self, tmp_path: Path) -> None:
        port = free_port()
        with smtp_server(port, tmp_path / "mails"):
            [(level, _, text)] = await lines(mail_url=f"smtp://127.0.0.1:{port}")
        assert (level, text) == ("ok", f"127.0.0.1:{port} answers, not encrypted")
        [(level, _, _)] = await lines(mail_url=f"smtp://127.0.0.1:{port}")
        assert level == "warn"

    async def test_fail_with_a_plugin_that_is_not_there(self) -> None:
        [(level, _, text)] = await lines(mailer="pigeon")
        assert level == "fail"
        assert "pigeon" in text

    async def test_fail_with_a_template_that_does_not_compile(self, tmp_path: Path) -> None:
        (tmp_path / "en").mkdir()
        (tmp_path / "en" / "welcome.txt").write_text("{% if %}")
        [_, (level, subject, text)] = await lines(templates=tmp_path)
        assert (level, subject) == ("fail", "letters")
        assert text.startswith("en/welcome.txt: ")
