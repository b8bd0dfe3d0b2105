"""What a process knows about its surroundings."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import msgspec


class OidcSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in provider; `name` is part of its addresses."""

    name: str
    issuer: str
    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"OidcSettings(name={self.name!r}, issuer={self.issuer!r})"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults are those of docs/operations.md. Secrets are never part of the `repr`."""

    database_url: str
    redis_url: str
    secret_key: bytes
    owner_database_url: str | None = None
    embedded: frozenset[str] = frozenset()
    """Which of `postgres` and `valkey` lie in the home folder; their addresses hold while `up` runs."""
    home: Path = Path(".shoplytics")
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    admin_email: str | None = None
    admin_password: str | None = None
    demo: bool = False
    rate_limits: bool = True
    require_verified: bool = False
    admin_two_factor: bool = False
    access_minutes: int = 30
    refresh_days: int = 7
    currency: str = "USD"
    low_stock: int = 3
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    cors_origins: tuple[str, ...] = ()
    broker: str = "postgres"
    redis_binary: Path | None = None
    redis_seconds: float = 0.05
    """How long a request waits for Redis before it does without; no variable sets it."""
    mailer: str = "smtp"
    mail_url: str | None = None
    mail_from: str | None = None
    sms: str = "mailbox"
    plugin_options: tuple[tuple[str, str], ...] = ()
    """Variables, name and value, that only plugins of other packages know."""
    oidc: tuple[OidcSettings, ...] = ()
    templates: Path | None = None
    """A folder of files that replace templates of letters."""
    object_store: str = "files"
    media_url: str | None = None
    import_folder: Path | None = None
    """Below it, in a folder named by its id, each store finds files for its nightly imports."""
    fetch_allow: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks that are not public and yet fetched from."""
    fetch_ports: tuple[int, ...] = ()
    """Besides 80 and 443."""
    analytics_store: str = "postgres"
    payment_providers: tuple[str, ...] = ("sandbox",)
    paystack_secret_key: str | None = None
    paystack_base_url: str = "https://api.paystack.co"
    zarinpal_merchant_id: str | None = None
    zarinpal_base_url: str = "https://payment.zarinpal.com"
    shopify_client_id: str | None = None
    shopify_client_secret: tuple[str, ...] = ()
    """The newest first; the second is still accepted while the vendor rotates."""
    shopify_base_url: str = "https://{shop}"
    brand_title: str = "Shoplytics"
    brand_welcome: str | None = None
    brand_logo: str | None = None
    brand_favicon: str | None = None
    brand_theme: str | None = None

    @property
    def owner_url(self) -> str:
        """Of the tables' owner: for `migrate`, and for nothing else."""
        return self.owner_database_url or self.database_url

    def __repr__(self) -> str:
        return f"Settings(home={str(self.home)!r}, host={self.host!r}, port={self.port})"
