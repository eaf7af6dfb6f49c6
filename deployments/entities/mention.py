"""Mentions of names, and what finds them."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from deployments.reading.reading import Reading
from deployments.results import Span
from deployments.text.document import Document

#: The labels of names; dates, sums and percentages are found by patterns.
NAME_LABELS = ("PERSON", "ORG", "LOC", "PRODUCT", "EVENT", "WORK")


@dataclass(frozen=True, slots=True)
class Mention:
    """``text[start:end]`` is a ``label`` with a probability of ``confidence``, 0..1."""

    start: int
    end: int
    label: str
    confidence: float


class MentionDetector(Protocol):
    """Finds names in documents.

    Attributes:
        name: of the model, for the reader of an answer.
        version: changes whenever a mention could.
    """

    name: str
    version: str

    def detect(
        self, documents: Sequence[Document], texts: Sequence[str], readings: Sequence[Reading]
    ) -> list[list[Mention]]:
        """The mentions in each document's text (its signals blanked), in order; thread-safe.

        None of them touches a signal. ``readings`` are there if the detector needs them.
        """
        ...


def untouched(names: Iterable[Mention], spans: Sequence[Mention | Span]) -> list[Mention]:
    """The names that none of the spans overlaps; those are in order."""
    starts = [each.start for each in spans]
    ends = list(accumulate((each.end for each in spans), max, initial=0))
    return [name for name in names if ends[bisect_left(starts, name.end)] <= name.start]
