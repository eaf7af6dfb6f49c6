"""How well key phrases are found, beside KeyBERT and YAKE, and what it costs."""

import time
from collections.abc import Callable, Iterator, Sequence

from deployments.analyzer import Analyzer
from deployments.results import Keywords
from deployments.text.document import Document
from training.datasets.keyphrases import HALF, KeyphraseText, inspec, stackexchange, stemmed
from training.evaluation import throughput
from training.evaluation.baselines import phrases
from training.evaluation.evaluation_run import EvaluationRun
from training.evaluation.metric_row import Baseline, MetricRow, MetricSheet
from training.evaluation.metrics import keyphrase_f1

INSPEC, FIRST = "inspec", "inspec, the first 100"
QUESTIONS = "stackexchange_kp_sample, second half"
COST = "CPU time of KeyBERT's, share"

SHEET = MetricSheet("keywords", goals={f"{INSPEC} F1@10": 0.42, f"{FIRST} {COST}": 0.20})

#: As many texts as the baselines read: KeyBERT takes half a second for one.
_FIRST = 100
_CHUNK = 50

ExtractPhrases = Callable[[Sequence[Document]], list[list[str]]]


def metric_rows(run: EvaluationRun, analyzer: Analyzer[Keywords]) -> Iterator[MetricRow]:
    """Every row of the keywords."""
    abstracts = run.sample(INSPEC, inspec(run.data, "validation"))
    questions = run.sample(QUESTIONS, stackexchange(run.data)[HALF:])

    def extract(documents: Sequence[Document]) -> list[list[str]]:
        return [[k.text for k in result.items] for result in analyzer.analyze(documents)]

    for corpus, examples in ((INSPEC, abstracts), (QUESTIONS, questions)):
        surfaces, _ = timed(extract, examples)
        for most in (10, 5):
            value = f1(examples, surfaces, most)
            yield SHEET.row(corpus, len(examples), f"F1@{most}", value)
    yield from _beside_baselines(run, extract, abstracts[:_FIRST])
    yield from throughput.metric_rows(run, analyzer, SHEET)


def _beside_baselines(
    run: EvaluationRun, extract: ExtractPhrases, examples: Sequence[KeyphraseText]
) -> Iterator[MetricRow]:
    surfaces, took_s = timed(extract, examples)
    value, size = f1(examples, surfaces, 10), len(examples)
    if run.with_fast_baselines:
        baseline = Baseline(phrases.YAKE, _baseline_f1(phrases.yake(), examples)[0])
        yield SHEET.row(FIRST, size, "F1@10 beside YAKE", value, baseline=baseline)
    if run.with_slow_baselines:
        keybert_f1, keybert_s = _baseline_f1(phrases.keybert(), examples)
        baseline = Baseline(phrases.KEYBERT, keybert_f1)
        yield SHEET.row(FIRST, size, "F1@10 beside KeyBERT", value, baseline=baseline)
        yield SHEET.row(FIRST, size, COST, took_s / keybert_s, lower_is_better=True)


def _baseline_f1(
    extract: phrases.Extract, examples: Sequence[KeyphraseText]
) -> tuple[float, float]:
    """F1@10 and seconds of CPU of a baseline, which reads the plain texts."""
    surfaces, took_s = timed(lambda documents: extract([d.text for d in documents]), examples)
    return f1(examples, surfaces, 10), took_s


def f1(examples: Sequence[KeyphraseText], surfaces: Sequence[Sequence[str]], most: int) -> float:
    """Micro F1 of the first ``most`` different phrases of each text, stemmed exact match."""
    stems = [
        [stemmed(surface, example.language) for surface in each]
        for example, each in zip(examples, surfaces, strict=True)
    ]
    return keyphrase_f1([example.keyphrases for example in examples], stems, most)


def timed(
    extract: ExtractPhrases, examples: Sequence[KeyphraseText]
) -> tuple[list[list[str]], float]:
    """The phrases of each text, and the seconds of CPU that finding them took."""
    surfaces: list[list[str]] = []
    started_s = time.process_time()
    for start in range(0, len(examples), _CHUNK):
        surfaces += extract([e.document for e in examples[start : start + _CHUNK]])
    return surfaces, time.process_time() - started_s
