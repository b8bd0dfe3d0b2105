"""The HTTP edge: `create_app(settings)` serves every module's routes."""

from shoplytics.api.app import Api, create_app

__all__ = ("Api", "create_app")
