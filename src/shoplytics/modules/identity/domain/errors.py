"""The refusals of identity."""

from shoplytics.kernel.errors import Conflict, Forbidden, Invalid, RateLimited, Unauthenticated


class InvalidCredentials(Unauthenticated):
    """One answer for an unknown user and for a wrong password."""

    code = "invalid_credentials"
    message = "No account has this identifier and password."


class InvalidToken(Unauthenticated):
    code = "invalid_token"
    message = "The token is not valid, has expired, or its session has ended."


class InvalidOneTimeToken(Invalid):
    """One answer for a token that is unknown, expired, used, or meant for something else."""

    code = "invalid_token"
    message = "The link is not valid any more."


class InvalidCode(Invalid):
    """One answer for a code that is wrong, unknown, expired, used, worn out, or meant for something else."""

    code = "invalid_code"
    message = "The code is not valid, or not any more."


class SecondFactorNeeded(Unauthenticated):
    """Only after the right first factor."""

    code = "totp_required"
    message = "Send totp_code too: six digits from your authenticator, or a recovery code."


class WrongSecondFactor(Unauthenticated):
    code = "invalid_totp_code"
    message = "This is not the right totp_code, or it was used before."


class TooManyGuesses(RateLimited):
    code = "too_many_attempts"
    message = "Too many failed attempts; try again later."


class TooManyCodes(RateLimited):
    code = "too_many_codes"
    message = "Too many codes were asked for; use the last one, or wait."


class EmailNotVerified(Forbidden):
    code = "email_not_verified"
    message = "Verify the e-mail address first."


class AccountDisabled(Forbidden):
    code = "account_disabled"
    message = "This account is disabled."


class EmailTaken(Conflict):
    """Never leaves the service: who has an account is nobody's business."""

    code = "email_taken"
    message = "This address has an account."


class AddressOfDeleted(Conflict):
    """Told to whoever runs the platform, and to nobody else."""

    code = "address_of_deleted"
    message = "The account of this address was deleted: restore it first, or take another address."


class UsernameTaken(Conflict):
    code = "username_taken"
    message = "This username is taken."
