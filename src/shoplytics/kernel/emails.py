"""E-mail addresses in their one normal form."""

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from shoplytics.kernel.errors import invalid_field

SPECIAL_USE_DOMAIN_NAMES.clear()  # an intranet may well use .local; the list is there to be edited


def normal_email(text: str, *, pointer: str = "/email") -> str:
    """Lower case, NFC, no surrounding blanks; the part after a plus is kept. Raises Invalid.

    Deliverability is not asked of the DNS: the verification mail is the proof. `=?` begins an encoded word
    (RFC 2047), which programs decode in the head of a mail: no mail goes to such an address.
    """
    refusal = invalid_field(pointer, "invalid_email", "This is not an e-mail address.")
    if "=?" in text:
        raise refusal
    try:
        found = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise refusal from None
    return found.normalized.lower()
