"""Sign-in through a provider: its refusals, and how long it may take."""

import re
from datetime import timedelta

from shoplytics.kernel.errors import Conflict, Forbidden, NotFound, Unauthenticated

STATE_LIFE = timedelta(minutes=10)
MARK = re.compile(r"[A-Za-z0-9_-]{43}")
"""A browser's cookie, 256 random bits."""
SECOND_LIFE = timedelta(minutes=5)
"""How long a provider's right answer waits for the second factor."""


class UnknownProvider(NotFound):
    code = "unknown_provider"
    message = "No sign-in provider of this name is set up here; `GET /auth/oidc` lists them."


class InvalidState(Unauthenticated):
    """One answer for a state that is unknown, expired, used, or of another provider."""

    code = "invalid_state"
    message = "This sign-in has expired or was used already. Start signing in again."


class OtherBrowser(Unauthenticated):
    """Somebody may have sent their own answer to another's browser, to sign it in to their account."""

    code = "other_browser"
    message = "This sign-in was begun in another browser, or cookies are refused. Start again in this one."


class ProviderRefused(Forbidden):
    code = "provider_refused"
    message = "The provider did not sign you in."


class ProviderEmailUnverified(Forbidden):
    code = "provider_email_unverified"
    message = "The provider does not vouch for an e-mail address of yours. Verify it there, then try again."


class AccountEmailUnverified(Conflict):
    """Whoever registered the address may have been a stranger, so nobody may be led into that account."""

    code = "account_email_unverified"
    message = (
        "An account with your address exists, but the address was never verified there. Ask for a new"
        " password by mail, or verify the address; then sign in with the provider again."
    )


class AddressNotFree(Conflict):
    code = "address_not_free"
    message = "No account can be made with the address that the provider gave; ask the shop's support."


class LastWayIn(Conflict):
    code = "last_way_in"
    message = "This is the only way into your account. Set a password first, then remove it."
