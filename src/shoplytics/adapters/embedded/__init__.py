"""PostgreSQL and Valkey from wheels, run as our own child processes for `make run` and the tests.

One `EmbeddedServers` owns one home folder under a lock. Nothing listens on TCP; the sockets lie in a
private folder of the temporary directory. On Linux no server outlives us, however we end.
"""

from shoplytics.adapters.embedded.errors import AlreadyRunning, EmbeddedUnavailable
from shoplytics.adapters.embedded.servers import EmbeddedServers

__all__ = ["AlreadyRunning", "EmbeddedServers", "EmbeddedUnavailable"]
