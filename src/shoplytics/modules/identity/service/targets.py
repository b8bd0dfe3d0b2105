"""Addresses that codes are sent to, and who may read them."""

from collections.abc import Mapping

from shoplytics.kernel.emails import normal_email
from shoplytics.kernel.errors import Invalid, invalid_field
from shoplytics.modules.identity.domain.codes import Purpose
from shoplytics.modules.identity.domain.identifiers import IdentifierKind, normal_phone
from shoplytics.modules.identity.domain.users import User

ONLY: Mapping[Purpose, IdentifierKind] = {
    Purpose.REGISTER: IdentifierKind.EMAIL,
    Purpose.VERIFY_EMAIL: IdentifierKind.EMAIL,
    Purpose.VERIFY_PHONE: IdentifierKind.PHONE,
}


def kind_of(text: str) -> IdentifierKind:
    return IdentifierKind.EMAIL if "@" in text else IdentifierKind.PHONE


def address_of(purpose: Purpose, text: str) -> tuple[IdentifierKind, str]:
    """An e-mail address or phone number in its normal form. Raises Invalid at /target."""
    kind = kind_of(text)
    if ONLY.get(purpose, kind) is not kind:
        raise invalid_field("/target", "invalid_target", f"{purpose} is about another kind of address.")
    try:
        return kind, normal_email(text) if kind is IdentifierKind.EMAIL else normal_phone(text)
    except Invalid as refusal:
        error = refusal.errors[0]
        raise invalid_field("/target", error.code, error.message) from None


def is_at(user: User, kind: IdentifierKind, target: str, purpose: Purpose) -> bool:
    """Whether a code for this may be sent to, and used by, who reads that address.

    An unverified number is a claim, so it opens nothing but its own verification.
    """
    if kind is IdentifierKind.EMAIL:
        return user.email == target
    verified = user.phone_verified_at is not None
    return user.phone == target and (verified or purpose is Purpose.VERIFY_PHONE)
