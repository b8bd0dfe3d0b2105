"""What is shared by those who share a line."""

import pytest

from shoplytics.kernel.networks import network_of


class TestNetwork:
    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("192.0.2.1", "192.0.2.254", True),
            ("192.0.2.1", "192.0.3.1", False),
            ("2001:db8:1::1", "2001:db8:1:ffff::2", True),
            ("2001:db8:1::1", "2001:db8:2::1", False),
            ("socket", "other", False),
        ],
    )
    def test_is_that_of_neighbours(self, one: str, other: str, same: bool) -> None:
        assert (network_of(one) == network_of(other)) is same
