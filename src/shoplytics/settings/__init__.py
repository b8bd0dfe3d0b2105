"""The settings of one process: a frozen Struct read once from the environment, every problem at once."""

from shoplytics.settings.errors import SettingsError
from shoplytics.settings.load import DATABASE, load
from shoplytics.settings.model import OidcSettings, Settings
from shoplytics.settings.secrets import SECRET_KEY_FILE, demo_password

__all__ = [
    "DATABASE",
    "SECRET_KEY_FILE",
    "OidcSettings",
    "Settings",
    "SettingsError",
    "demo_password",
    "load",
]
