"""Money is exact in every currency, at the edge and inside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoplytics.kernel.codec import from_json, to_json
from shoplytics.kernel.money import MAX_MINOR, InvalidMoney, Money, exponent, minor_of, text_of

CURRENCIES = ["JPY", "USD", "IRR", "KWD", "CLF"]


class TestMoney:
    @pytest.mark.parametrize(
        ("text", "currency", "minor"),
        [
            ("19.99", "USD", 1999),
            ("19.9", "USD", 1990),
            ("19", "USD", 1900),
            ("19.990", "USD", 1999),
            ("0", "USD", 0),
            ("-0.01", "USD", -1),
            ("1500", "JPY", 1500),
            ("1500.00", "JPY", 1500),
            ("1.234", "KWD", 1234),
            ("10000000000.00", "USD", MAX_MINOR),
        ],
    )
    def test_reads_plain_decimals(self, text: str, currency: str, minor: int) -> None:
        assert minor_of(text, currency) == minor

    @pytest.mark.parametrize(
        "text",
        [
            "",
            ".",
            "-",
            "1.",
            ".5",
            "1.999",
            "1e3",
            "+1",
            "1,000.00",
            "NaN",
            "Infinity",
            " 1",
            "1 ",
            "--1",
            "\u0661",
            "1.-5",
            "99999999999999999999",
            "10000000000.01",
            "0x10",
            "1_000",
        ],
    )
    def test_refuses_what_is_not_a_plain_amount(self, text: str) -> None:
        with pytest.raises(InvalidMoney):
            minor_of(text, "USD")

    @pytest.mark.parametrize("currency", ["", "usd", "US", "XXX", "ABC", "USDX"])
    def test_refuses_unknown_currencies(self, currency: str) -> None:
        with pytest.raises(InvalidMoney, match="ISO 4217"):
            exponent(currency)

    @given(st.integers(-MAX_MINOR, MAX_MINOR), st.sampled_from(CURRENCIES))
    def test_writes_what_it_reads(self, minor: int, currency: str) -> None:
        assert minor_of(text_of(minor, currency), currency) == minor

    def test_refuses_to_add_two_currencies(self) -> None:
        with pytest.raises(InvalidMoney) as caught:
            Money(1, "USD") + Money(1, "NGN")
        assert caught.value.code == "currency_mismatch"

    def test_is_a_decimal_string_on_the_wire(self) -> None:
        assert to_json(Money(1999, "NGN")) == b'{"amount":"19.99","currency":"NGN"}'
        assert from_json(b'{"amount":"19.99","currency":"NGN"}', Money) == Money(1999, "NGN")

    @pytest.mark.parametrize(
        "raw",
        [
            b'{"amount":19.99,"currency":"NGN"}',
            b'{"amount":"19.99"}',
            b'{"amount":"19.99","currency":"NGN","minor":1}',
            b'{"amount":"1e2","currency":"NGN"}',
            b'"19.99 NGN"',
        ],
    )
    def test_refuses_other_wire_forms(self, raw: bytes) -> None:
        with pytest.raises(ValueError, match=r".+"):
            from_json(raw, Money)
