"""The index of one workspace's vectors of one space, by which the nearest are found among many.

Each is partial: a workspace's graph (HNSW; Malkov and Yashunin 2016) holds no other's vectors, so
none has to be passed over, and none makes another's queries slower. Pure: SQL as text.
"""

from dataclasses import dataclass

#: Posts that are taken for the nearest by their codes, and ranked by their vectors.
CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class IndexOfSpace:
    """Named by what it holds; workspace and space are Postgres' own integers."""

    workspace: int
    space: int

    @property
    def name(self) -> str:
        """Of the index, unique in the database."""
        return f"post_vectors_near_{self.workspace}_{self.space & 0xFFFFFFFF:08x}"

    @property
    def create(self) -> str:
        """Builds it beside the writers; outside any transaction."""
        return (
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {self.name} ON post_vectors "
            f"USING hnsw (code bit_hamming_ops) WHERE {self._condition}"
        )

    @property
    def nearest(self) -> str:
        """Finds the CANDIDATES whose codes are nearest to one ($2), without a post ($1).

        The condition stands in it letter by letter, so that Postgres knows whose index it is.
        """
        return (
            "SELECT uuid_send(post_id) AS post_ids, vector AS vectors FROM post_vectors "
            f"WHERE {self._condition} AND post_id <> $1 "
            f"ORDER BY code <~> ('x' || $2)::bit(384) LIMIT {CANDIDATES}"
        )

    @property
    def _condition(self) -> str:
        return f"workspace = {int(self.workspace)} AND space = {int(self.space)}"


def drop(name: str) -> str:
    """Drops an index beside readers and writers; outside any transaction."""
    return f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"'
