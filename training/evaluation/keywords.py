"""How well key phrases are found, beside KeyBERT and YAKE, and what it costs."""

import time
from collections.abc import Callable, Iterator, Sequence

from deployments.analyzer import Analyzer
from deployments.results import Keywords
from deployments.text.document import Document
from training.datasets.keyphrases import HALF, Example, f1, inspec, stackexchange
from training.evaluation import throughput
from training.evaluation.baselines import phrases
from training.evaluation.evaluation_run import Run
from training.evaluation.metric_row import Figure, Sheet, Stock

INSPEC, FIRST = "inspec", "inspec, the first 100"
QUESTIONS = "stackexchange_kp_sample, second half"
COST = "CPU time of KeyBERT's, share"

SHEET = Sheet("keywords", goals={f"{INSPEC} F1@10": 0.42, f"{FIRST} {COST}": 0.20})

#: As many texts as the alternatives read: KeyBERT takes half a second for one.
_FIRST = 100
_CHUNK = 50

Extract = Callable[[Sequence[Document]], list[list[str]]]


def figures(run: Run, analyzer: Analyzer[Keywords]) -> Iterator[Figure]:
    """Every figure of the keywords."""
    abstracts = run.sample(INSPEC, inspec(run.data, "validation"))
    questions = run.sample(QUESTIONS, stackexchange(run.data)[HALF:])

    def ours(documents: Sequence[Document]) -> list[list[str]]:
        return [[k.text for k in result.items] for result in analyzer.analyze(documents)]

    for corpus, examples in ((INSPEC, abstracts), (QUESTIONS, questions)):
        found, _ = timed(ours, examples)
        for most in (10, 5):
            value = f1(examples, found, most)
            yield SHEET.figure(corpus, len(examples), f"F1@{most}", value)
    yield from _beside_stock(run, ours, abstracts[:_FIRST])
    yield from throughput.figures(run, analyzer, SHEET)


def _beside_stock(run: Run, ours: Extract, examples: Sequence[Example]) -> Iterator[Figure]:
    found, took_s = timed(ours, examples)
    value, size = f1(examples, found, 10), len(examples)
    if run.fast_stock:
        stock = Stock(phrases.YAKE, _f1_of(phrases.yake(), examples)[0])
        yield SHEET.figure(FIRST, size, "F1@10 beside YAKE", value, stock=stock)
    if run.slow_stock:
        theirs, their_s = _f1_of(phrases.keybert(), examples)
        stock = Stock(phrases.KEYBERT, theirs)
        yield SHEET.figure(FIRST, size, "F1@10 beside KeyBERT", value, stock=stock)
        share = took_s / their_s
        yield SHEET.figure(FIRST, size, COST, share, lower_is_better=True)


def _f1_of(extract: phrases.Extract, examples: Sequence[Example]) -> tuple[float, float]:
    """F1@10 and seconds of CPU of an alternative, which reads the plain texts."""
    found, took_s = timed(lambda documents: extract([d.text for d in documents]), examples)
    return f1(examples, found, 10), took_s


def timed(extract: Extract, examples: Sequence[Example]) -> tuple[list[list[str]], float]:
    """The phrases of each text, and the seconds of CPU that finding them took."""
    found: list[list[str]] = []
    started = time.process_time()
    for start in range(0, len(examples), _CHUNK):
        found += extract([e.document for e in examples[start : start + _CHUNK]])
    return found, time.process_time() - started
