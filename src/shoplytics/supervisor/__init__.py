"""`shoplytics up`: servers, API, worker and scheduler as children of one small process.

It loads neither Litestar nor SQLAlchemy: it has to be quick, and it stays in memory beside what it starts.
"""

from shoplytics.supervisor.supervisor import CannotStart, up

__all__ = ["CannotStart", "up"]
