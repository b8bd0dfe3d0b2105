"""What names a person, and what a password must be."""

from datetime import date

import pytest

from shoplytics.kernel.emails import normal_email
from shoplytics.kernel.errors import Invalid
from shoplytics.modules.identity.domain.identifiers import (
    IdentifierKind,
    checked_birth,
    checked_username,
    classify,
    normal_phone,
    plain_name,
)
from shoplytics.modules.identity.domain.passwords import password_problem


class TestEmail:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            (" Ada@Example.COM ", "ada@example.com"),
            ("ada+shop@example.com", "ada+shop@example.com"),
            ("ada@B\u00fccher.example", "ada@b\u00fccher.example"),
            ("ada@xn--bcher-kva.example", "ada@b\u00fccher.example"),
            ("owner@shop.local", "owner@shop.local"),
        ],
    )
    def test_has_one_normal_form(self, given: str, kept: str) -> None:
        assert normal_email(given) == kept

    @pytest.mark.parametrize(
        "given",
        [
            "",
            "ada",
            "ada@",
            "@a.com",
            "a@b@c.d",
            "ada@a.com\r\nBcc: all@a.com",
            "a b@c.d",
            "=?utf-8?q?a=0a?=@c.d",
        ],
    )
    def test_refuses_what_is_no_address(self, given: str) -> None:
        with pytest.raises(Invalid) as refused:
            normal_email(given)
        assert refused.value.errors[0].pointer == "/email"


class TestPhone:
    @pytest.mark.parametrize("given", ["+44 20 7946 0958", "+442079460958", "+44 (20) 7946-0958"])
    def test_is_kept_as_e164(self, given: str) -> None:
        assert normal_phone(given) == "+442079460958"

    @pytest.mark.parametrize("given", ["", "020 7946 0958", "+44", "+1234567890123456789", "call me"])
    def test_needs_its_country_code(self, given: str) -> None:
        with pytest.raises(Invalid):
            normal_phone(given)


class TestUsername:
    @pytest.mark.parametrize("given", ["ab", "1ada", "ada@home", "+4420", "ada l", "a" * 33, "\u00e4da"])
    def test_never_looks_like_another_identifier(self, given: str) -> None:
        with pytest.raises(Invalid):
            checked_username(given)


class TestIdentifier:
    @pytest.mark.parametrize(
        ("given", "kind", "value"),
        [
            ("Ada@Example.com", IdentifierKind.EMAIL, "ada@example.com"),
            ("ADA", IdentifierKind.USERNAME, "ada"),
            ("+44 20 7946 0958", IdentifierKind.PHONE, "+442079460958"),
            ("nonsense@", IdentifierKind.USERNAME, "nonsense@"),
            ("12", IdentifierKind.USERNAME, "12"),
            ("", IdentifierKind.USERNAME, ""),
        ],
    )
    def test_is_told_by_its_form(self, given: str, kind: IdentifierKind, value: str) -> None:
        assert classify(given) == (kind, value)


class TestPersonalData:
    def test_name_is_one_clean_line(self) -> None:
        assert plain_name("  Ada\r\nLove\u0000lace\u202e ") == "Ada Love lace"

    @pytest.mark.parametrize("day", [date(1899, 12, 31), date(2026, 3, 1), date(2030, 1, 1)])
    def test_birth_is_in_the_past_of_the_living(self, day: date) -> None:
        with pytest.raises(Invalid):
            checked_birth(day, today=date(2026, 3, 1))


class TestPassword:
    @pytest.mark.parametrize(
        ("password", "code"),
        [
            ("short", "too_short"),
            ("x9!kQ" * 26, "too_long"),
            ("password1234", "too_weak"),
            ("aaaaaaaaaaaaaaaa", "too_weak"),
            ("qwertyuiop123", "too_weak"),
            ("Ada.Lovelace1815", "own_words"),
        ],
    )
    def test_says_what_is_wrong(self, password: str, code: str) -> None:
        own = ["ada.lovelace1815@example.com", "Ada", "Lovelace"]
        problem = password_problem(password, own_words=own)
        assert problem is not None
        assert problem.code == code

    @pytest.mark.parametrize(
        "password",
        [
            "seven grey herons on a wire",
            "d\u00ebvet gri \u00e7apla n\u00eb tel",
            "k9$Lq2zP0mXw",
            "\U0001f986 over the weir again",
        ],
    )
    def test_takes_any_script_and_no_composition_rules(self, password: str) -> None:
        assert password_problem(password, own_words=["ada@example.com"]) is None
