"""Mentions of names, and what finds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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

    def detect(self, documents: Sequence[Document], texts: Sequence[str]) -> list[list[Mention]]:
        """The mentions in each document's text (its signals blanked), in order; thread-safe."""
        ...
