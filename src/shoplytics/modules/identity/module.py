"""Identity owns users, credentials, sessions, tokens and codes.

It publishes what is in ports/identity and listens to itself: workers write the letters.
"""

from shoplytics.kernel.access import platform, public, signed_in, system
from shoplytics.kernel.module import Module
from shoplytics.modules.identity.routes import (
    AuthController,
    CodeController,
    EmailController,
    MeController,
    PasswordController,
)
from shoplytics.modules.identity.routes.addresses import AddressController
from shoplytics.modules.identity.routes.avatars import AvatarController
from shoplytics.modules.identity.routes.leaving import LeavingController
from shoplytics.modules.identity.routes.oidc import MyOidcController, OidcController
from shoplytics.modules.identity.routes.people import PeopleController
from shoplytics.modules.identity.routes.two_factor import TwoFactorController
from shoplytics.modules.identity.service.avatars import SET_AVATAR
from shoplytics.modules.identity.service.correspondence import LETTERS
from shoplytics.modules.identity.tasks import (
    erase_deleted,
    forget,
    remove_avatar,
    set_avatar,
    sweep,
    write_letter,
)
from shoplytics.ports.identity import AvatarDropped, UserErased

identity = Module(
    name="identity",
    routes=[
        AuthController,
        PasswordController,
        EmailController,
        CodeController,
        MeController,
        AddressController,
        AvatarController,
        TwoFactorController,
        OidcController,
        MyOidcController,
        LeavingController,
        PeopleController,
    ],
    permissions=[
        system("auth:register"),
        system("auth:login"),
        system("auth:oidc"),
        public("providers:read"),
        system("auth:refresh"),
        signed_in("auth:logout"),
        signed_in("auth:reauthenticate"),
        system("auth:verify"),
        system("auth:setup"),
        system("auth:forgot"),
        system("auth:reset"),
        signed_in("auth:change-password"),
        system("auth:verify-email"),
        signed_in("auth:change-email"),
        system("auth:code"),
        signed_in("me:read"),
        signed_in("me:write"),
        platform("platform:users"),
        platform("platform:users-change"),
    ],
    jobs={SET_AVATAR: set_avatar},
    subscribers={
        AvatarDropped: (remove_avatar,),
        **dict.fromkeys(LETTERS, (write_letter,)),
        UserErased: (forget,),
    },
    schedule={sweep: "17 * * * *", erase_deleted: "41 3 * * *"},
)
