"""What every analyzer promises, held against each of the five and the optional backends."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from threading import Barrier
from typing import Any

import pytest

from deployments.analyzer import Analyzer
from deployments.registry import AnalysisConfigs, load
from deployments.results import ANALYSES, Model, Span
from deployments.text.document import Document
from tests.services.loaded_analyzers import EXACT_ENCODER, loaded_analyzer

POST = """Thrilled to share that Maria Lopez joins Microsoft in Berlin on 3 March 2025! 🎉

• The payment platform moved to Kubernetes, and the payment platform is calmer than ever
• Revenue grew 26.4% to $1.9 billion

Thanks @grace for the numbers: https://example.com/migration #kubernetes #sre"""

TEXTS = [
    POST,
    "A terrible week: we lost our biggest client, Acme Corp., and had to let good people go.",
    "The quarterly report of the Nordic region is on page 12. " * 12 + "Ana Souza wrote it.",
    "𝐎𝐮𝐫 𝐜𝐥𝐨𝐮𝐝 𝐬𝐭𝐫𝐚𝐭𝐞𝐠𝐲 has changed.\r\nJOIN US IN PARIS ON MAY 3!",
    "",
]
#: Texts that hold hardly anything: only the last has a word.
BARE_TEXTS = ["", " \n ", "🎉🎉", "https://example.com", "#a #b @bob", "!!! ...", "x"]


@dataclass(frozen=True)
class Case:
    """One analyzer.

    ``changes`` are settings that change answers, ``keeps`` some that do not; under ``encoder`` of
    the encoder.
    """

    analysis: str
    backend: str | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    keeps: dict[str, Any] = field(default_factory=dict)

    @property
    def analyzer(self) -> Analyzer[Any]:
        return loaded_analyzer(self.analysis, self.backend)

    def model_with(self, settings: dict[str, Any]) -> Model:
        backend = {"backend": self.backend} if self.backend else {}
        encoder = EXACT_ENCODER.model_dump() | settings.get("encoder", {})
        own = {key: value for key, value in settings.items() if key != "encoder"}
        configs = AnalysisConfigs.model_validate({"encoder": encoder, self.analysis: backend | own})
        return load(self.analysis, configs).model


_SMALL_WINDOWS, _SMALL_BATCHES = {"encoder": {"max_tokens": 64}}, {"encoder": {"batch_tokens": 512}}
CASES = {
    "sentiment": Case("sentiment", changes=_SMALL_WINDOWS, keeps=_SMALL_BATCHES),
    "tone": Case("tone", changes=_SMALL_WINDOWS, keeps=_SMALL_BATCHES),
    "keywords": Case("keywords", changes={"diversity": 0.4}, keeps=_SMALL_BATCHES),
    "keywords:keybert": Case(
        "keywords", "keybert", changes={"diversity": 0.4}, keeps=_SMALL_BATCHES
    ),
    "entities": Case("entities", changes={"min_score": 0.9}, keeps=_SMALL_BATCHES),
    "entities:spacy": Case(
        "entities", "spacy", changes={"min_score": 0.9}, keeps={"batch_lines": 2}
    ),
    "readability": Case("readability", changes={"hardest": 1}),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def analyze(analyzer: Analyzer[Any], texts: list[str]) -> list[Any]:
    return analyzer.analyze([Document.read(text) for text in texts])


def assert_same(left: Any, right: Any) -> None:
    """Equal, but for what another batch rounds differently."""
    if isinstance(left, dict):
        assert left.keys() == right.keys()
        left, right = list(left.values()), list(right.values())
    if isinstance(left, list | tuple):
        assert len(left) == len(right)
        for a, b in zip(left, right, strict=True):
            assert_same(a, b)
    elif isinstance(left, float):
        assert left == pytest.approx(right, abs=1e-3)
    else:
        assert left == right


def spans(value: Any) -> Iterator[Any]:
    """Everything in a result that has a start and an end, ``covered`` alone left out."""
    if isinstance(value, tuple):
        for item in value:
            yield from spans(item)
    elif is_dataclass(value) and not isinstance(value, type):
        if hasattr(value, "start"):
            yield value
        for each in fields(value):
            if each.name != "covered":
                yield from spans(getattr(value, each.name))


def test_the_cases_are_all_analyses() -> None:
    assert {case.analysis for case in CASES.values()} == set(ANALYSES)


def test_it_has_the_name_of_its_analysis_a_model_and_languages(case: Case) -> None:
    analyzer = case.analyzer
    assert analyzer.name == case.analysis
    assert analyzer.model.name
    assert len(bytes.fromhex(analyzer.model.digest)) == 32
    assert "en" in analyzer.languages


def test_there_is_one_result_for_each_document(case: Case) -> None:
    for count in (0, 1, len(TEXTS)):
        results = analyze(case.analyzer, TEXTS[:count])
        covered = [Span(0, len(text)) for text in TEXTS[:count]]
        assert [result.covered for result in results] == covered


def test_a_text_is_answered_alone_as_among_others_in_any_order(case: Case) -> None:
    alone = {text: analyze(case.analyzer, [text])[0] for text in TEXTS}
    for seed in range(2):
        shuffled = random.Random(seed).sample(TEXTS * 2, 2 * len(TEXTS))
        for text, result in zip(shuffled, analyze(case.analyzer, shuffled), strict=True):
            assert_same(asdict(result), asdict(alone[text]))


def test_spans_lie_in_the_text_and_hold_the_surface(case: Case) -> None:
    found = 0
    for text, result in zip(TEXTS, analyze(case.analyzer, TEXTS), strict=True):
        for span in spans(result):
            found += 1
            assert 0 <= span.start < span.end <= len(text)
            if hasattr(span, "text"):
                assert text[span.start : span.end] == span.text == span.text.strip()
    assert found


def test_threads_give_the_same_answers(case: Case) -> None:
    expected = analyze(case.analyzer, TEXTS)
    barrier = Barrier(2)

    def work(_: int) -> list[Any]:
        barrier.wait(30)
        return analyze(case.analyzer, TEXTS)

    with ThreadPoolExecutor(2) as pool:
        for results in pool.map(work, range(2)):
            assert_same([asdict(r) for r in results], [asdict(r) for r in expected])


@pytest.mark.parametrize("text", BARE_TEXTS)
def test_a_text_that_holds_hardly_anything_is_answered(case: Case, text: str) -> None:
    (result,) = analyze(case.analyzer, [text])
    assert result.covered == Span(0, len(text))
    places = {(span.start, span.end) for span in spans(result)}
    assert places <= ({(0, 1)} if text == "x" else set())


def test_the_model_changes_with_a_setting_that_changes_answers_and_no_other(case: Case) -> None:
    released = case.analyzer.model
    assert case.model_with(case.keeps) == released
    changed = case.model_with(case.changes)
    assert changed.name == released.name
    assert changed.digest != released.digest


@pytest.mark.parametrize("analysis, backend", [("keywords", "keybert"), ("entities", "spacy")])
def test_another_backend_is_another_model(analysis: str, backend: str) -> None:
    assert loaded_analyzer(analysis).model != loaded_analyzer(analysis, backend).model
