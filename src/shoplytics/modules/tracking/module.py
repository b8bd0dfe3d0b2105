"""Tracking owns visits, the day's salts, and the rollups that reports are made of.

Publishes VisitsRecorded. Listens to nothing.
"""

from shoplytics.kernel.access import MEMBERS, members, public
from shoplytics.kernel.module import Module
from shoplytics.modules.tracking.routes import READ, TRACK, TrackController, VisitController
from shoplytics.modules.tracking.tasks import forget_visitors

tracking = Module(
    name="tracking",
    routes=(TrackController, VisitController),
    permissions=(public(TRACK), members(READ, MEMBERS, keys=True)),
    schedule={forget_visitors: "7 * * * *"},
)
