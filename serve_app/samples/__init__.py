"""The posts that were written for this project, to show it with: 60, and 45 in other languages.

The 60, of which two are German and Spanish, measure it, too.
"""

from dataclasses import dataclass
from importlib.resources import files

import orjson


@dataclass(frozen=True, slots=True)
class SamplePost:
    """One of them; ``id`` is ``post-01`` to ``post-60``, or as ``es-1`` to ``es-5``."""

    id: str
    text: str


def sample_posts() -> list[SamplePost]:
    """The 60, in order."""
    return _read("posts.jsonl")


def sample_posts_by_language() -> list[SamplePost]:
    """The 45 others: five in each of es, pt, fr, de, it, nl, sv, da and pl."""
    return _read("languages.jsonl")


def _read(file: str) -> list[SamplePost]:
    content = (files("serve_app") / "samples" / file).read_bytes()
    return [SamplePost(**orjson.loads(line)) for line in content.splitlines()]
