"""The settings of one process: a frozen Struct read once from the environment, every problem at once."""

from shoplytics.settings.errors import SettingsError
from shoplytics.settings.load import load
from shoplytics.settings.model import Settings
from shoplytics.settings.secrets import demo_password

__all__ = ["Settings", "SettingsError", "demo_password", "load"]
