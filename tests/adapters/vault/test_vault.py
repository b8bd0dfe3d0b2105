"""What was sealed opens in its place only."""

import pytest

from shoplytics.adapters.vault import AesVault
from shoplytics.ports.vault import Unsealable

OLD, NEW = b"old secret " * 4, b"new secret " * 4


class TestVault:
    def test_opens_what_it_sealed(self) -> None:
        vault = AesVault([NEW])
        sealed = vault.seal(b"123456", context="table:column:1")
        assert b"123456" not in sealed
        assert vault.open(sealed, context="table:column:1") == b"123456"

    def test_seals_the_same_differently_each_time(self) -> None:
        vault = AesVault([NEW])
        assert vault.seal(b"x", context="a") != vault.seal(b"x", context="a")

    def test_does_not_open_in_another_row(self) -> None:
        vault = AesVault([NEW])
        with pytest.raises(Unsealable):
            vault.open(vault.seal(b"x", context="table:column:1"), context="table:column:2")

    def test_does_not_open_what_was_changed_or_is_none(self) -> None:
        vault = AesVault([NEW])
        sealed = vault.seal(b"secret", context="a")
        for place in range(len(sealed)):
            changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
            with pytest.raises(Unsealable):
                vault.open(changed, context="a")
        for length in range(len(sealed)):
            with pytest.raises(Unsealable):
                vault.open(sealed[:length], context="a")

    def test_opens_with_the_ring_and_seals_with_its_first(self) -> None:
        sealed = AesVault([OLD]).seal(b"x", context="a")
        both = AesVault([NEW, OLD])
        assert both.open(sealed, context="a") == b"x"
        renewed = both.seal(b"x", context="a")
        assert AesVault([NEW]).open(renewed, context="a") == b"x"
        with pytest.raises(Unsealable):
            AesVault([NEW]).open(sealed, context="a")
