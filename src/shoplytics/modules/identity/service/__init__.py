"""What a person can do about who they are."""

from shoplytics.modules.identity.service.accounts import IdentityService
from shoplytics.modules.identity.service.guard import Guard
from shoplytics.modules.identity.service.opening import SessionOpening
from shoplytics.modules.identity.service.sessions import SessionsService
from shoplytics.modules.identity.service.sign_in import SignInService

__all__ = ["Guard", "IdentityService", "SessionOpening", "SessionsService", "SignInService"]
