"""A file of posts sent to ``POST /v1/posts:import``, and how fast its rows are committed."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import orjson

from loadtest.generator.posts import PostGenerator
from loadtest.posts_scale.made_posts import AUTHORS, TAGS
from loadtest.posts_scale.processor_clock import ProcessorClock

_TIMEOUT_S = 600.0
#: A file of posts covers so much time.
_YEAR_S = 365 * 86_400


@dataclass(frozen=True, slots=True)
class ImportSpeed:
    """What became of a file.

    Attributes:
        rows: that were imported.
        file_bytes: of the file.
        seconds: from the first byte sent to the last line of the answer.
        cpu_s: processor time of client, service and Postgres together.
    """

    rows: int
    file_bytes: int
    seconds: float
    cpu_s: float

    @property
    def rows_per_s(self) -> float:
        """Committed."""
        return self.rows / self.seconds


def posts_file(rows: int, *, seed: int = 8) -> bytes:
    """NDJSON with so many posts of the usual lengths."""
    return b"\n".join(map(orjson.dumps, _rows(rows, random.Random(seed))))


def _rows(rows: int, rng: random.Random) -> Iterator[dict[str, object]]:
    now = datetime.now(UTC)
    for number, text in enumerate(PostGenerator(rng.randrange(2**32)).take(rows)):
        yield {
            "external_id": f"file-{number}",
            "text": text,
            "author": AUTHORS.draw(rng)[0],
            "url": f"https://www.example.com/posts/{number}",
            "published_at": (now - timedelta(seconds=rng.randrange(_YEAR_S))).isoformat(),
            "tags": TAGS.draw(rng),
        }


def time_import(client: httpx.Client, clock: ProcessorClock, file: bytes) -> ImportSpeed:
    """Send the file; its posts are analysed by nobody meanwhile.

    Raises:
        RuntimeError: a row was refused.
    """
    tail = b""
    cpu_began, began = clock.seconds(), time.perf_counter()
    with client.stream(
        "POST",
        "/v1/posts:import",
        content=file,
        headers={"Content-Type": "application/x-ndjson"},
        timeout=_TIMEOUT_S,
    ) as response:
        for piece in response.iter_raw():
            tail = (tail + piece)[-1_000:]
    seconds, cpu_s = time.perf_counter() - began, clock.seconds() - cpu_began
    counts = orjson.loads(tail.splitlines()[-1])
    if counts.get("refused") or counts.get("error"):
        raise RuntimeError(f"The import ended with {counts}.")
    return ImportSpeed(counts["imported"], len(file), seconds, cpu_s)
