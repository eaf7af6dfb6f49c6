"""How well the tone is measured in each language: emotions, politeness, formality."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from deployments.analyzer import Analyzer
from deployments.results import Language, Tone
from training.datasets import corpora, label_maps, posts_by_language
from training.datasets.corpora import LabelledText
from training.datasets.sources import read_manifest
from training.evaluation import metrics
from training.evaluation.evaluation_run import EvaluationRun, documents
from training.evaluation.metric_row import MetricRow, MetricSheet, row_key
from training.evaluation.metrics import Array

SUBTITLES, REQUESTS, POSTS = "xed", "tydip, outer quarters", "posts_by_language"
EMOTIONS = "mean AUC of Plutchik's eight emotions"
POLITENESS = "AUC of politeness"

SHEET = MetricSheet(
    "tone",
    goals={
        **{
            row_key(SUBTITLES, EMOTIONS, code): 0.80
            for code in ("en", "es", "pt", "fr", "de", "it", "nl", "sv", "da", "pl")
        },
        **{row_key(REQUESTS, POLITENESS, code): 0.85 for code in ("es", "fr")},
    },
)


def metric_rows(run: EvaluationRun, analyzer: Analyzer[Tone]) -> Iterator[MetricRow]:
    """Every row of the tone by language."""
    manifest = read_manifest()
    for code in manifest[SUBTITLES].languages("validation"):
        yield _emotions(run, analyzer, code)
    for code in manifest["tydip"].languages("validation"):
        yield _politeness(run, analyzer, code)
    for code in posts_by_language.languages():
        yield from _posts(analyzer, code)


def _emotions(run: EvaluationRun, analyzer: Analyzer[Tone], code: str) -> MetricRow:
    texts = run.sample(SUBTITLES, corpora.read(run.data, SUBTITLES, "validation", language=code))
    tones = _tones(analyzer, [text.text for text in texts], code)
    scores = np.array([[plutchik_probability(tone, ours) for ours in label_maps.PLUTCHIK.values()]
                       for tone in tones])  # fmt: skip
    truth = np.array([label_maps.plutchik(text) for text in texts]).astype(bool)
    # A sample may lack an emotion, which has no AUC then.
    shown = [column for column in range(truth.shape[1]) if truth[:, column].any()]
    value = float(np.mean([metrics.auc(scores[:, c], truth[:, c]) for c in shown]))
    return SHEET.row(SUBTITLES, len(texts), EMOTIONS, value, language=code)


def plutchik_probability(tone: Tone, emotions: Sequence[str]) -> float:
    """That one of our emotions at least is there, 0..1, as if each came by itself."""
    return float(1 - np.prod([1 - tone.emotions[name] for name in emotions]))


def _politeness(run: EvaluationRun, analyzer: Analyzer[Tone], code: str) -> MetricRow:
    requests = corpora.read_for_measuring(run.data, "tydip", "validation", language=code)
    texts, polite = outer_quarters(requests, lambda text: float(text.fields["score"]))
    tones = _tones(analyzer, [text.text for text in texts], code)
    value = metrics.auc(np.array([tone.politeness for tone in tones]), polite)
    return SHEET.row(REQUESTS, len(texts), POLITENESS, value, language=code)


def outer_quarters(
    texts: Sequence[LabelledText], score: Callable[[LabelledText], float]
) -> tuple[list[LabelledText], metrics.Classes]:
    """The texts of the lowest and of the highest quarter, and whether each is of the highest.

    As the authors of the politeness corpora class them: people disagree on the middle.
    """
    scores = np.array(list(map(score, texts)))
    low, high = np.quantile(scores, (0.25, 0.75))
    outer = np.flatnonzero((scores <= low) | (scores >= high))
    return [texts[int(place)] for place in outer], scores[outer] >= high


def _posts(analyzer: Analyzer[Tone], code: str) -> Iterator[MetricRow]:
    posts = posts_by_language.read_language(code, split="validation")
    tones = _tones(analyzer, [post.document.text for post in posts], code)
    for scale in ("formality", "politeness"):
        value = metrics.spearman(_values(tones, scale), _values(posts, scale))
        yield SHEET.row(POSTS, len(posts), f"Spearman of {scale}", value, language=code)


def _values(items: Sequence[object], scale: str) -> Array:
    return np.array([getattr(item, scale) for item in items])


def _tones(analyzer: Analyzer[Tone], texts: Sequence[str], code: str) -> list[Tone]:
    return analyzer.analyze(documents(texts, Language(code, 1.0)))
