"""Posts cut into chunks, which are analysed together.

A chunk is what fairness and the loss of a worker are measured in: small enough to be over in
seconds, large enough that its commit costs nothing beside its analysis. Knows no database.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from serve_app.jobs.items import JobItem, RefusedItem

#: A chunk is closed beyond so many characters, however few its posts are.
CHUNK_CHARACTERS = 100_000


@dataclass(slots=True)
class NewChunk:
    """Neighbouring posts of a job.

    Attributes:
        first_index: of its first post.
        items: to be analysed.
        refused: that cannot be.
        characters: of their texts.
    """

    first_index: int
    items: list[JobItem] = field(default_factory=list)
    refused: list[RefusedItem] = field(default_factory=list)
    characters: int = 0

    @property
    def posts(self) -> int:
        """How many it has."""
        return len(self.items) + len(self.refused)

    def add(self, item: JobItem | RefusedItem) -> None:
        """Add the next post."""
        if isinstance(item, RefusedItem):
            self.refused.append(item)
        else:
            self.items.append(item)
            self.characters += len(item.text or "")


def chunks_of(items: Iterable[JobItem | RefusedItem], most_posts: int) -> Iterator[NewChunk]:
    """The posts in their order, in chunks of at most so many."""
    chunk: NewChunk | None = None
    for item in items:
        chunk = chunk or NewChunk(item.index)
        chunk.add(item)
        if chunk.posts == most_posts or chunk.characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk = None
    if chunk:
        yield chunk
