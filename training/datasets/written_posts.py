"""Whole posts written for this project, with a polarity for the post and each sentence."""

import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from deployments.text.document import Document
from training.datasets import label_maps

_FOLDER = Path(__file__).parents[1] / "data" / "posts"
#: The files: those of both stages of training, and those of the second alone.
FIRST, LATER = "first", "later"


@dataclass(frozen=True, slots=True)
class Post:
    """A post as the service reads it, and class numbers of label_maps.POLARITY.

    Attributes:
        document: the post.
        polarity: of the whole.
        mixed: whether both poles are strong in it.
        polarities: of each of the document's sentences.
    """

    document: Document
    polarity: int
    mixed: bool
    polarities: tuple[int, ...]


def posts(file: str) -> Iterator[Post]:
    """All of a file, in its order."""
    with (_FOLDER / f"{file}.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            document = Document.read("".join(text for text, _ in row["segments"]))
            starts = list(accumulate((len(text) for text, _ in row["segments"]), initial=0))
            own = [label_maps.POLARITY.index(label) for _, label in row["segments"]]
            told = tuple(
                own[bisect_right(starts, sentence.start) - 1] for sentence in document.sentences
            )
            yield Post(document, label_maps.POLARITY.index(row["label"]), row["mixed"], told)
