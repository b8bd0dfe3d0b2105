"""Identity owns users, credentials, sessions and tokens.

It publishes UserRegistered, RegistrationRepeated and UserChanged, and listens to nobody.
"""

from shoplytics.kernel.access import signed_in, system
from shoplytics.kernel.module import Module
from shoplytics.modules.identity.routes import AuthController, MeController
from shoplytics.modules.identity.routes.addresses import AddressController
from shoplytics.modules.identity.tasks import sweep

identity = Module(
    name="identity",
    routes=[AuthController, MeController, AddressController],
    permissions=[
        system("auth:register"),
        system("auth:login"),
        system("auth:refresh"),
        signed_in("auth:logout"),
        system("auth:verify"),
        system("auth:setup"),
        signed_in("me:read"),
        signed_in("me:write"),
    ],
    schedule={sweep: "17 * * * *"},
)
