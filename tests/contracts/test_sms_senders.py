"""What every sender of text messages promises, ours and those of other packages."""

from importlib.metadata import entry_points

import msgspec
import pytest

from shoplytics.ports.sms import SmsSender, TextMessage
from shoplytics.settings import Settings
from shoplytics.settings.plugins import SMS_SENDERS, senders_of


@pytest.fixture(params=["mailbox"])
def sender(request: pytest.FixtureRequest) -> SmsSender:
    plain = Settings(database_url="", redis_url="", secret_key=b"")
    return senders_of(msgspec.structs.replace(plain, sms=request.param)).sms


class TestSmsSender:
    def test_is_named_as_its_entry_point(self, sender: SmsSender) -> None:
        assert sender.name in entry_points(group=SMS_SENDERS).names

    async def test_may_be_told_twice(self, sender: SmsSender) -> None:
        for _ in range(2):
            await sender.send(TextMessage(id="0190-abc", to="+447700900001", text="482913 is your code"))
