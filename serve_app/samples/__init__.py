"""The 60 posts that were written for this project, to show and to measure it with."""

from dataclasses import dataclass
from importlib.resources import files

import orjson


@dataclass(frozen=True, slots=True)
class SamplePost:
    """One of them; ``id`` is ``post-01`` to ``post-60``."""

    id: str
    text: str


def sample_posts() -> list[SamplePost]:
    """All of them, in order."""
    content = (files("serve_app") / "samples" / "posts.jsonl").read_bytes()
    return [SamplePost(**orjson.loads(line)) for line in content.splitlines()]
