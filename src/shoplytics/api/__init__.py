"""The HTTP edge: `create_app(settings)` serves every module's routes."""

from shoplytics.api.app import Api, create_app
from shoplytics.api.protocol import DeadlineProtocol

__all__ = ("Api", "DeadlineProtocol", "create_app")
