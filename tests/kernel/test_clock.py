"""Which names are time zones."""

import pytest

from shoplytics.kernel.clock import is_timezone


class TestTimezone:
    @pytest.mark.parametrize(
        "name", ["UTC", "GMT", "Africa/Lagos", "America/Argentina/Ushuaia", "Etc/GMT-14"]
    )
    def test_is_a_place_or_universal_time(self, name: str) -> None:
        assert is_timezone(name)

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "utc",
            "localtime",
            "Factory",
            "posixrules",
            "posix/Africa/Lagos",
            "right/UTC",
            "Japan",
            "/",
            "UTC/",
        ],
    )
    def test_is_nothing_that_differs_from_machine_to_machine(self, name: str) -> None:
        assert not is_timezone(name)
