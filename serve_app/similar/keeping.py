"""The vectors of posts, kept in the transactions that write the posts."""

from collections.abc import Sequence
from pathlib import Path

from serve_app.posts.changes import PostChange
from serve_app.similar.vectors import PostVector
from serve_app.store.connection import Connection
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent


class VectorKeeping:
    """Keeps the vector of each text: a :class:`serve_app.posts.changes.ChangeListener`.

    With a post its vector goes by itself.
    """

    async def changed(
        self, connection: Connection, workspace: int, changes: Sequence[PostChange]
    ) -> None:
        """Keep the vectors of new texts, and drop those of texts that are no more."""
        vectors = {each.id: each.vector for each in changes if each.after}
        gone = [each.id for each in changes if each.before and each.after and each.vector == b""]
        if gone:
            await connection.execute(query("delete_vectors", _FOLDER), workspace, gone)
        kept = {id: PostVector.of(vector) for id, vector in vectors.items() if vector}
        if kept:
            columns = (
                list(kept),
                [vector.space for vector in kept.values()],
                [vector.code for vector in kept.values()],
                [vector.components for vector in kept.values()],
            )
            await connection.execute(query("save_vectors", _FOLDER), workspace, *columns)
