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


def password_problem(password: str, *, own_words: Sequence[str]) -> FieldError | None:
    """What is wrong with it, or None. `own_words` are the user's e-mail address, names and the like."""
    if len(password) < SHORTEST:
        return _problem("too_short", f"Use at least {SHORTEST} characters; a sentence is fine.")
    if len(password) > LONGEST:
        return _problem("too_long", f"Use at most {LONGEST} characters.")
    words = [part for word in own_words for part in {word, *word.replace("@", ".").split(".")} if part]
    if _score(password, [*HOUSE_WORDS, *words]) >= NEEDED_SCORE:
        return None
    if _score(password, []) >= NEEDED_SCORE:
        return _problem("own_words", "Leave your own name, e-mail address and this site's name out of it.")
    return _problem("too_weak", "This is easy to guess; use a longer or less common phrase.")


def _score(password: str, words: Sequence[str]) -> int:
    score: int = zxcvbn(password[:ESTIMATED], user_inputs=list(words))["score"]
    return score


def _problem(code: str, message: str) -> FieldError:
    return FieldError(pointer="/password", code=code, message=message)
