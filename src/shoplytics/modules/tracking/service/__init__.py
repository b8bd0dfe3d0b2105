"""Tracking: taking visits in, and showing them to their store."""

from shoplytics.modules.tracking.service.sessions import SessionFinder
from shoplytics.modules.tracking.service.tracker import Tracker
from shoplytics.modules.tracking.service.visits import TrackingService

__all__ = ["SessionFinder", "Tracker", "TrackingService"]
