"""Sign-in providers that speak OpenID Connect, over HTTPS."""

from shoplytics.adapters.oidc.fetch import Fetch, open_client
from shoplytics.adapters.oidc.provider import OidcProvider

__all__ = ["Fetch", "OidcProvider", "open_client"]
