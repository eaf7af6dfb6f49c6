"""Analyses in Postgres, written behind the answers.

``protocol`` says what every store promises; ``postgres`` is the real one, made of ``database``
(connections, schema, queries), ``write_queue`` (what waits to be written) and
``write_behind`` (who writes it); ``null`` is the one that keeps nothing.
"""

from serve_app.store.null import NullStore
from serve_app.store.postgres import PostgresStore
from serve_app.store.protocol import Store

__all__ = ["NullStore", "PostgresStore", "Store"]
