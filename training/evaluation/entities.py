"""How well names are found: tweets, the web, real posts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from deployments.analyzer import Analyzer
from deployments.results import Entities, Entity
from training.datasets import company_posts, corpora
from training.evaluation import metrics, throughput
from training.evaluation.baselines import spacy_small
from training.evaluation.evaluation_run import Run
from training.evaluation.metric_row import Figure, Sheet, Stock
from training.evaluation.names import BLANKED, COMMON, WNUT, Example, Named, example, f1, read

THREE = ("PERSON", "ORG", "LOC")
FIVE = (*THREE, "PRODUCT", "WORK")
NAMES = (*FIVE, "EVENT")
#: How the label sets are called in the names of the measures.
_CALLED = {THREE: "PERSON, ORG, LOC", FIVE: "five labels", NAMES: "six labels"}

EWT = "uner_english_ewt, held out"
GAIN = "mean gain in F1 over spaCy"
TOGETHER = "the three public sets"


def f1_of(kinds: tuple[str, ...]) -> str:
    """The measure's name for these labels."""
    return f"F1, {_CALLED[kinds]}"


SHEET = Sheet(
    "entities",
    goals={
        f"wnut17 {f1_of(FIVE)}": 0.48,
        f"broad_twitter_corpus {f1_of(THREE)}": 0.70,
        f"{EWT} {f1_of(THREE)}": 0.75,
        f"{company_posts.CORPUS} {f1_of(THREE)}": 0.70,
        f"{company_posts.CORPUS} {f1_of(NAMES)}": 0.70,
        f"{TOGETHER} {GAIN}": 0.20,
    },
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is named in the texts of a set, and what was found.

    Attributes:
        stock: spaCy's names; None where it was not run.
    """

    corpus: str
    gold: list[frozenset[Named]]
    found: list[tuple[Entity, ...]]
    stock: list[frozenset[Named]] | None

    @property
    def ours(self) -> list[frozenset[Named]]:
        """Our names, without their scores."""
        return [frozenset(map(_named, items)) for items in self.found]

    def f1(self, kinds: tuple[str, ...]) -> Figure:
        """F1 over these labels beside spaCy's."""
        stock = None
        if self.stock is not None:
            stock = Stock(spacy_small.NAME, f1(self.gold, self.stock, kinds)[2])
        ours = f1(self.gold, self.ours, kinds)[2]
        return SHEET.figure(self.corpus, len(self.gold), f1_of(kinds), ours, stock=stock)

    def details(self, kinds: tuple[str, ...]) -> Iterator[Figure]:
        """Precision, recall and what the scores are worth, over these labels."""
        precision, recall, _ = f1(self.gold, self.ours, kinds)
        size = len(self.gold)
        yield SHEET.figure(self.corpus, size, f"precision, {_CALLED[kinds]}", precision)
        yield SHEET.figure(self.corpus, size, f"recall, {_CALLED[kinds]}", recall)
        name = f"calibration error (15 bins, {_CALLED[kinds]})"
        yield SHEET.figure(self.corpus, size, name, self._error(kinds), lower_is_better=True)

    def _error(self, kinds: tuple[str, ...]) -> float | None:
        scored = [
            (item.score, _named(item) in gold)
            for gold, items in zip(self.gold, self.found, strict=True)
            for item in items
            if item.label in kinds
        ]
        if not scored:
            return None
        scores, right = zip(*scored, strict=True)
        return metrics.calibration_error(np.array(scores), np.array(right))


def _named(item: Entity) -> Named:
    return item.start, item.end, item.label


def figures(run: Run, analyzer: Analyzer[Entities]) -> Iterator[Figure]:
    """Every figure of the entities."""
    tweets = _set(run, analyzer, "broad_twitter_corpus", COMMON)
    emerging = _set(run, analyzer, "wnut17", WNUT)
    web = _web(run, analyzer)
    yield emerging.f1(FIVE)
    three = [reading.f1(THREE) for reading in (emerging, tweets, web)]
    for figure, reading in zip(three, (emerging, tweets, web), strict=True):
        yield figure
        yield from reading.details(THREE)
    yield from _gain(three)
    yield from _company_posts(run, analyzer)
    yield from throughput.figures(run, analyzer, SHEET)


def _set(run: Run, analyzer: Analyzer[Entities], corpus: str, kinds: dict[str, str]) -> Reading:
    examples = read(run.data / corpus / "validation.jsonl", kinds)
    return _reading(run, analyzer, corpus, examples)


def _web(run: Run, analyzer: Analyzer[Entities]) -> Reading:
    """English EWT comes as one file: the part that training leaves alone."""
    path = run.data / "uner_english_ewt" / "train.jsonl"
    return _reading(run, analyzer, EWT, read(path, COMMON, keep=corpora.held_out))


def _reading(
    run: Run, analyzer: Analyzer[Entities], corpus: str, examples: Sequence[Example]
) -> Reading:
    examples = run.sample(corpus, examples)
    results = analyzer.analyze([e.document for e in examples])
    stock = None
    if run.fast_stock:
        stock = spacy_small.names([e.document.masked(*BLANKED) for e in examples])
    return Reading(corpus, [e.names for e in examples], [r.items for r in results], stock)


def _gain(figures: Sequence[Figure]) -> Iterator[Figure]:
    gains = [f.ours - f.stock.value for f in figures if f.ours is not None and f.stock]
    if gains:
        texts = sum(figure.texts for figure in figures)
        yield SHEET.figure(TOGETHER, texts, GAIN, float(np.mean(gains)))


def _company_posts(run: Run, analyzer: Analyzer[Entities]) -> Iterator[Figure]:
    posts = company_posts.labelled_posts(run.data)
    if not posts:
        missing = "no labels in training/data/company_posts"
        yield SHEET.figure(company_posts.CORPUS, 0, f1_of(NAMES), None, missing=missing)
        return
    examples = [example(post.text, post.names) for post in posts]
    reading = _reading(run, analyzer, company_posts.CORPUS, examples)
    yield reading.f1(THREE)
    yield reading.f1(NAMES)
    yield from reading.details(NAMES)
