"""What becomes of a batch before and around an analyzer."""

import time
from collections.abc import Sequence

from deployments.analyzer import analyze_in_time
from deployments.results import Model, Readability, Span
from deployments.text.document import Document

_READABILITY = Readability(
    words=1, sentences=1, reading_time_s=1.0, hardest_sentences=(), covered=Span(0, 1)
)


class RememberingAnalyzer:
    """Remembers the texts of each batch that it was given."""

    name = "readability"
    model = Model("remembering", "v1")
    languages = frozenset({"en"})
    main_language_only = False

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def analyze(self, documents: Sequence[Document]) -> list[Readability]:
        self.batches.append([document.text for document in documents])
        return [_READABILITY] * len(documents)


def test_texts_whose_deadline_has_passed_are_not_computed() -> None:
    analyzer = RememberingAnalyzer()
    now = time.monotonic()
    documents = [Document.read(f"We won the {what}.") for what in ("cup", "prize", "case")]
    sections = analyze_in_time(analyzer, documents, [now - 1, now + 60, now - 1e-9])
    assert [section.status for section in sections] == ["timeout", "ok", "timeout"]
    assert analyzer.batches == [["We won the prize."]]
    assert "deadline" in (sections[0].detail or "")


def test_a_batch_that_came_too_late_altogether_costs_nothing() -> None:
    analyzer = RememberingAnalyzer()
    documents = [Document.read("We won.")] * 2
    sections = analyze_in_time(analyzer, documents, [0.0, 0.0])
    assert [section.status for section in sections] == ["timeout"] * 2
    assert analyzer.batches == []
