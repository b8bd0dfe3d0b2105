"""ISO 3166-1."""

from phonenumbers import SUPPORTED_REGIONS

from shoplytics.kernel.countries import COUNTRIES

RESERVED = {"AC", "TA", "XK"}  # no countries of the standard, though they have telephones
WITHOUT_TELEPHONES = {"AQ", "BV", "GS", "HM", "PN", "TF", "UM"}


class TestCountries:
    def test_are_those_of_the_telephone_book_and_some_without_telephones(self) -> None:
        assert frozenset(SUPPORTED_REGIONS) - RESERVED | WITHOUT_TELEPHONES == COUNTRIES
        assert len(COUNTRIES) == 249
