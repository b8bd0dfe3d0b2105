"""What a person can do about stores."""

from shoplytics.modules.tenancy.service.directory import DirectoryService
from shoplytics.modules.tenancy.service.stores import StoreDefaults, TenancyService

__all__ = ["DirectoryService", "StoreDefaults", "TenancyService"]
