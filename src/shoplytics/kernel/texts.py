"""One spelling for what reads the same."""

import unicodedata


def tidy(text: str) -> str:
    """Composed (NFC), without blanks around it: how words that are compared are kept."""
    return unicodedata.normalize("NFC", text).strip()
