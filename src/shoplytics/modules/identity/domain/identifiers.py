"""What names a person, in its one normal form."""

import re
import unicodedata
from datetime import date
from enum import StrEnum

import phonenumbers

from shoplytics.kernel.emails import normal_email
from shoplytics.kernel.errors import Invalid, invalid_field

USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{2,31}")
OLDEST = date(1900, 1, 1)


class IdentifierKind(StrEnum):
    EMAIL = "email"
    USERNAME = "username"
    PHONE = "phone"


def normal_phone(text: str) -> str:
    """E.164, for example +442079460958. Raises Invalid for a number without its country code."""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        message = "Give the number with its country code, for example +44 20 7946 0958."
        raise invalid_field("/phone", "invalid_phone", message)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def checked_username(text: str) -> str:
    """3 to 32 of a-z, 0-9, dot, dash, underscore, a letter first, so that it never looks like the others."""
    if not USERNAME.fullmatch(text):
        message = "3 to 32 letters, digits, dots, dashes or underscores, beginning with a letter."
        raise invalid_field("/username", "invalid_username", message)
    return text


def checked_birth(day: date, *, today: date) -> date:
    """A day that a living person can have been born on."""
    if not OLDEST <= day < today:
        raise invalid_field("/date_of_birth", "out_of_range", "A date in the past, 1900 or later.")
    return day


def plain_name(text: str) -> str:
    """One line, no control characters, single blanks."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return " ".join(kept.split())


def classify(identifier: str) -> tuple[IdentifierKind, str]:
    """What someone signs in with, normalised; a text that is none of the three matches nobody."""
    text = identifier.strip()
    try:
        if "@" in text:
            return IdentifierKind.EMAIL, normal_email(text)
        if text[:1].isalpha():
            return IdentifierKind.USERNAME, text.lower()
        return IdentifierKind.PHONE, normal_phone(text)
    except Invalid:
        return IdentifierKind.USERNAME, text.lower()
