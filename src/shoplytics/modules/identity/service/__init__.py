"""What a person can do about who they are."""

from shoplytics.modules.identity.service.accounts import IdentityService
from shoplytics.modules.identity.service.asking import Asking
from shoplytics.modules.identity.service.avatars import Avatars
from shoplytics.modules.identity.service.codes import CodeService
from shoplytics.modules.identity.service.console import ConsoleSessionsService
from shoplytics.modules.identity.service.correspondence import Correspondence
from shoplytics.modules.identity.service.emails import EmailService
from shoplytics.modules.identity.service.guard import Guard
from shoplytics.modules.identity.service.opening import SessionOpening
from shoplytics.modules.identity.service.passwords import PasswordService
from shoplytics.modules.identity.service.proof import PasswordProof, PasswordRenewal
from shoplytics.modules.identity.service.sessions import SessionsService
from shoplytics.modules.identity.service.sign_in import SignInService

__all__ = [
    "Asking",
    "Avatars",
    "CodeService",
    "ConsoleSessionsService",
    "Correspondence",
    "EmailService",
    "Guard",
    "IdentityService",
    "PasswordProof",
    "PasswordRenewal",
    "PasswordService",
    "SessionOpening",
    "SessionsService",
    "SignInService",
]
