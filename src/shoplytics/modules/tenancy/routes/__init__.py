"""Routes of tenancy: stores for the world, for their members and for the platform, and one's own."""

from shoplytics.modules.tenancy.routes.audit import PlatformAuditController, StoreAuditController
from shoplytics.modules.tenancy.routes.invitations import (
    AcceptController,
    InvitationController,
    MyInvitationsController,
)
from shoplytics.modules.tenancy.routes.keys import KeyController
from shoplytics.modules.tenancy.routes.logos import LogoController
from shoplytics.modules.tenancy.routes.people import MemberController
from shoplytics.modules.tenancy.routes.platform import PlatformStoreController
from shoplytics.modules.tenancy.routes.stores import MyStoresController, StoreController

__all__ = [
    "AcceptController",
    "InvitationController",
    "KeyController",
    "LogoController",
    "MemberController",
    "MyInvitationsController",
    "MyStoresController",
    "PlatformAuditController",
    "PlatformStoreController",
    "StoreAuditController",
    "StoreController",
]
