"""Tenancy owns stores, their members and the audit log.

It publishes StoreCreated and StoreChanged, and listens to identity's UserChanged.
"""

from shoplytics.kernel.access import MANAGERS, MEMBERS, OWNERS, members, public, signed_in
from shoplytics.kernel.module import Module
from shoplytics.modules.tenancy.routes import MyStoresController, StoreController
from shoplytics.modules.tenancy.tasks import refresh_member
from shoplytics.ports.identity import UserChanged

tenancy = Module(
    name="tenancy",
    routes=[StoreController, MyStoresController],
    permissions=[
        public("stores:browse"),
        signed_in("stores:create"),
        signed_in("stores:read-own"),
        signed_in("stores:restore"),
        members("stores:change", MANAGERS),
        members("stores:delete", OWNERS),
        members("members:read", MEMBERS),
    ],
    subscribers={UserChanged: (refresh_member,)},
)
