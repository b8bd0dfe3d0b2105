"""What a password must be: long and hard to guess; no rules about kinds of characters, no expiry.

NIST SP 800-63B section 5.1.1.2 and OWASP ASVS 5.0 section 6.2. Estimating takes milliseconds of processor
time: call it in a thread.
"""

from collections.abc import Sequence

from zxcvbn import zxcvbn

from shoplytics.kernel.errors import FieldError

SHORTEST = 12
LONGEST = 128
NEEDED_SCORE = 3  # zxcvbn: safely unguessable, 10^8 guesses or more
ESTIMATED = 72  # zxcvbn's time grows with the square of the length; what is longer is judged by its beginning
HOUSE_WORDS = ("shoplytics",)
SHORTEST_WORD = 3  # shorter names are part of too many words


def password_problem(
    password: str, *, own_words: Sequence[str], pointer: str = "/password"
) -> FieldError | None:
    """What is wrong with it, or None. `own_words` are the user's e-mail address, names and the like."""
    found = _problem(password, own_words)
    return FieldError(pointer, *found) if found else None


def _problem(password: str, own_words: Sequence[str]) -> tuple[str, str] | None:
    """A code and what to tell."""
    if len(password) < SHORTEST:
        return ("too_short", f"Use at least {SHORTEST} characters; a sentence is fine.")
    if len(password) > LONGEST:
        return ("too_long", f"Use at most {LONGEST} characters.")
    words = [part for word in own_words for part in {word, *word.replace("@", ".").split(".")} if part]
    words += HOUSE_WORDS
    if min(_score(password, words), _score(_without(password, words), [])) >= NEEDED_SCORE:
        return None
    if _score(password, []) >= NEEDED_SCORE:
        return ("own_words", "Leave your own name, e-mail address and this site's name out of it.")
    return ("too_weak", "This is easy to guess; use a longer or less common phrase.")


def _without(password: str, words: Sequence[str]) -> str:
    """What is left of it when everything that its owner is called counts for nothing."""
    rest = password.lower()
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= SHORTEST_WORD:
            rest = rest.replace(word.lower(), "")
    return rest


def _score(password: str, words: Sequence[str]) -> int:
    if not password:
        return 0
    score: int = zxcvbn(password[:ESTIMATED], user_inputs=list(words))["score"]
    return score
