"""What a person can do about stores, the people in them and their keys."""

from shoplytics.modules.tenancy.service.audit import AuditService
from shoplytics.modules.tenancy.service.directory import DirectoryService
from shoplytics.modules.tenancy.service.invitations import (
    InvitationLetters,
    InvitationsService,
    InvitedService,
)
from shoplytics.modules.tenancy.service.keys import KeyGate, KeysService
from shoplytics.modules.tenancy.service.logos import Logos
from shoplytics.modules.tenancy.service.notices import StaffNotices
from shoplytics.modules.tenancy.service.people import MembersService
from shoplytics.modules.tenancy.service.platform import PlatformStores
from shoplytics.modules.tenancy.service.stores import StoreDefaults, TenancyService

__all__ = [
    "AuditService",
    "DirectoryService",
    "InvitationLetters",
    "InvitationsService",
    "InvitedService",
    "KeyGate",
    "KeysService",
    "Logos",
    "MembersService",
    "PlatformStores",
    "StaffNotices",
    "StoreDefaults",
    "TenancyService",
]
