"""Real Postgres and Valkey as child processes, for a machine that has neither.

Both listen on unix sockets alone, in a folder that only this user may enter, so no
password is needed. Knows where the binaries are and how they are set; nothing of
what is stored. No client library: readiness is asked by ``pg_isready`` and ``PING``.
"""

from serve_app.standalone.embedded.servers import EmbeddedServers

__all__ = ["EmbeddedServers"]
