"""Whole posts written for this project, with a polarity for the post and each sentence."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from deployments.text.document import Document
from training.datasets.folders import CARRIED
from training.datasets.json_lines import read_json_lines
from training.datasets.label_maps import POLARITY

#: The files: those of both stages of training, and those of the second alone.
FIRST, LATER = "first", "later"


@dataclass(frozen=True, slots=True)
class WrittenPost:
    """A post as the service reads it, and class numbers of ``label_maps.POLARITY``.

    Attributes:
        document: the post.
        polarity: of the whole.
        mixed: whether it is strongly positive and strongly negative.
        polarities: of each of the document's sentences.
    """

    document: Document
    polarity: int
    mixed: bool
    polarities: tuple[int, ...]


def read_posts(file: str) -> Iterator[WrittenPost]:
    """All of a file, in its order."""
    for row in read_json_lines(CARRIED / "posts" / f"{file}.jsonl"):
        texts, labels = zip(*row["segments"], strict=True)
        document = Document.read("".join(texts))
        starts = list(accumulate(map(len, texts), initial=0))
        polarities = tuple(
            POLARITY.index(labels[bisect_right(starts, sentence.start) - 1])
            for sentence in document.sentences
        )
        yield WrittenPost(document, POLARITY.index(row["label"]), row["mixed"], polarities)
