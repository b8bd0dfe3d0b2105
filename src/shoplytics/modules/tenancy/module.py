"""Tenancy owns stores, their members, invitations and API keys, and the audit log.

It publishes what is in ports/tenancy.py and listens to itself and to identity's UserChanged and UserErased.
"""

from shoplytics.kernel.access import MANAGERS, MEMBERS, OWNERS, members, platform, public, signed_in
from shoplytics.kernel.module import Module
from shoplytics.modules.tenancy.routes import (
    AcceptController,
    InvitationController,
    KeyController,
    LogoController,
    MemberController,
    MyInvitationsController,
    MyStoresController,
    PlatformAuditController,
    PlatformStoreController,
    StoreAuditController,
    StoreController,
)
from shoplytics.modules.tenancy.service.logos import SET_LOGO
from shoplytics.modules.tenancy.tasks import (
    forget_user,
    mail_invitation,
    note_owner,
    note_role,
    refresh_member,
    remove_logo,
    set_logo,
)
from shoplytics.ports.identity import UserChanged, UserErased
from shoplytics.ports.tenancy import InvitationAsked, LogoDropped, OwnershipTransferred, RoleChanged

tenancy = Module(
    name="tenancy",
    routes=[
        StoreController,
        MyStoresController,
        MemberController,
        InvitationController,
        AcceptController,
        MyInvitationsController,
        KeyController,
        LogoController,
        StoreAuditController,
        PlatformStoreController,
        PlatformAuditController,
    ],
    permissions=[
        public("stores:browse"),
        signed_in("stores:create"),
        signed_in("stores:read-own"),
        signed_in("stores:restore"),
        signed_in("invitations:accept"),
        signed_in("invitations:read-own"),
        members("stores:change", MANAGERS),
        members("stores:delete", OWNERS),
        members("stores:transfer", OWNERS),
        members("members:read", MEMBERS),
        members("members:change", MANAGERS),
        members("members:remove", MEMBERS),
        members("invitations:manage", MANAGERS),
        members("api-keys:read", MANAGERS),
        members("api-keys:manage", MANAGERS),
        members("audit-log:read", MANAGERS),
        platform("platform:stores"),
        platform("platform:stores-change"),
        platform("platform:audit-log"),
    ],
    jobs={SET_LOGO: set_logo},
    subscribers={
        UserChanged: (refresh_member,),
        UserErased: (forget_user,),
        InvitationAsked: (mail_invitation,),
        RoleChanged: (note_role,),
        OwnershipTransferred: (note_owner,),
        LogoDropped: (remove_logo,),
    },
)
