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


class TooManyGuesses(RateLimited):
    code = "too_many_attempts"
    message = "Too many failed attempts; try again later."


class EmailNotVerified(Forbidden):
    code = "email_not_verified"
    message = "Verify the e-mail address first."


class AccountDisabled(Forbidden):
    code = "account_disabled"
    message = "This account is disabled."


class UsernameTaken(Conflict):
    code = "username_taken"
    message = "This username is taken."
