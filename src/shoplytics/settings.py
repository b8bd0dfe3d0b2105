"""The settings of one process: a frozen Struct read once from the environment."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults are those of docs/operations.md. Secrets are never part of the `repr`."""

    database_url: str
    redis_url: str
    secret_key: bytes
    owner_database_url: str | None = None
    home: Path = Path(".shoplytics")
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    admin_email: str | None = None
    admin_password: str | None = None
    demo: bool = False
    rate_limits: bool = True
    require_verified: bool = False
    access_minutes: int = 30
    refresh_days: int = 7
    currency: str = "USD"
    low_stock: int = 3
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    cors_origins: tuple[str, ...] = ()
    broker: str = "postgres"
    media_url: str | None = None

    def __repr__(self) -> str:
        return f"Settings(home={str(self.home)!r}, host={self.host!r}, port={self.port})"
