"""What the routes of sales accept."""

from shoplytics.modules.sales.schemas.addresses import AddressForm

__all__ = ["AddressForm"]
