"""Measure the released heads and write the figures into their cards.

``python -m training.evaluate`` prints one table. Every figure is on a validation split,
read through the analyzers' own path; the sets' test splits stay unseen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deployments.results import EMOTIONS, Sentiment, Tone
from deployments.sentiment import SentimentAnalyzer, SentimentConfig
from deployments.text import Document
from deployments.tone import ToneAnalyzer, ToneConfig
from training import corpora, measures, targets
from training.built import built_posts
from training.command import MODELS, Job, job
from training.corpora import Row

_MARKS = ("<!-- figures -->\n", "<!-- end of figures -->\n")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    corpus: str
    size: int
    measure: str
    value: float


def main() -> None:
    """Print the table and renew the cards."""
    asked = job(str(__doc__), MODELS)
    for name, figures in (("sentiment", sentiment(asked)), ("tone", tone(asked))):
        table = as_table(list(figures))
        print(f"{name}\n\n{table}")
        renew(asked.out / name / "README.md", table)


def sentiment(asked: Job) -> Iterator[Figure]:
    """Figures of the sentiment analyzer."""
    analyzer = SentimentAnalyzer(SentimentConfig(encoder=asked.encoder.config))

    def shares(texts: Sequence[str]) -> np.ndarray:
        return np.array([_shares(result) for result in analyzer.analyze(_documents(texts))])

    for corpus in ("tweeteval_sentiment", "financial_phrasebank", "sst5"):
        rows = corpora.read(asked.data, corpus, "validation")
        truth, found = _polarities(rows), shares([row.text for row in rows])
        yield from _polarity_figures(corpus, truth, found)
    polar = truth != targets.POLARITY.index("neutral")
    hits = (found[:, 0] > found[:, 2]) == (truth == 0)
    yield Figure("sst2 (sst5 without neutral)", int(polar.sum()), "accuracy", hits[polar].mean())
    for polar_sentences, neutral_sentences in ((1, 3), (2, 6), (4, 12)):
        posts = built_posts(asked, polar_sentences, neutral_sentences)
        found = shares([post.text for post in posts])
        truth = np.array([post.polarity for post in posts])
        name = f"built posts, {polar_sentences} + {neutral_sentences} neutral sentences"
        recall = measures.macro_recall(found.argmax(1), truth)
        yield Figure(name, len(posts), "macro recall", recall)


def _polarity_figures(corpus: str, truth: np.ndarray, found: np.ndarray) -> Iterator[Figure]:
    best = found.argmax(1)
    yield Figure(corpus, len(truth), "macro recall", measures.macro_recall(best, truth))
    yield Figure(corpus, len(truth), "macro F1", measures.macro_f1(best, truth))
    error = measures.calibration_error(found.max(1), (best == truth).astype(int))
    yield Figure(corpus, len(truth), "calibration error (15 bins)", error)


def _shares(result: Sentiment) -> list[float]:
    return [getattr(result.scores, label) for label in targets.POLARITY]


def _polarities(rows: list[Row]) -> np.ndarray:
    return np.array([targets.polarity(row) for row in rows])


def tone(asked: Job) -> Iterator[Figure]:
    """Figures of the tone analyzer."""
    analyzer = ToneAnalyzer(ToneConfig(encoder=asked.encoder.config))

    def read(corpus: str) -> tuple[list[Row], list[Tone]]:
        rows = corpora.read(asked.data, corpus, "validation")
        return rows, analyzer.analyze(_documents([row.text for row in rows]))

    yield from _emotion_figures(*read("goemotions"))
    rows, tones = read("stanford_politeness")
    scores = np.array([tone.politeness for tone in tones])
    labels = np.array([row.fields["label"] for row in rows])
    outer = labels != "neutral"
    auc = measures.auc(scores[outer], labels[outer] == "polite")
    yield Figure("stanford_politeness, outer quarters", int(outer.sum()), "AUC", auc)
    rows, tones = read("squinky_formality")
    truth = np.array([row.fields["label"] == "high" for row in rows])
    auc = measures.auc(np.array([tone.formality for tone in tones]), truth)
    yield Figure("squinky_formality", len(rows), "AUC", auc)
    rows, tones = read("formality_pavlick_sample1000")
    truth = np.array([row.fields["score"] for row in rows])
    rank = measures.spearman(np.array([tone.formality for tone in tones]), truth)
    yield Figure("formality_pavlick_sample1000", len(rows), "Spearman", rank)
    rows, tones = read("subj")
    truth = np.array([targets.subjectivity(row) > 0.5 for row in rows])
    hits = (np.array([tone.subjectivity for tone in tones]) >= 0.5) == truth
    yield Figure("subj", len(rows), "accuracy", hits.mean())


def _emotion_figures(rows: list[Row], tones: list[Tone]) -> Iterator[Figure]:
    found = np.array([[tone.emotions[name] for name in EMOTIONS] for tone in tones])
    truth = np.array([targets.emotions(row) for row in rows])
    yield Figure("goemotions", len(rows), "macro F1 at 0.5", measures.macro_f1(found >= 0.5, truth))
    # Thresholds from one half, F1 on the other, both ways: none is judged on its own rows.
    halves = np.arange(len(rows)) % 2 == 0
    hits = np.zeros(found.shape, dtype=bool)
    for half in (halves, ~halves):
        hits[half] = found[half] >= measures.best_thresholds(found[~half], truth[~half])
    yield Figure(
        "goemotions",
        len(rows),
        "macro F1, thresholds from the other half",
        measures.macro_f1(hits, truth),
    )
    error = measures.calibration_error(found.ravel(), truth.ravel().astype(int))
    yield Figure("goemotions", len(rows), "calibration error (15 bins, all labels)", error)


def _documents(texts: Sequence[str]) -> list[Document]:
    return [Document.read(text) for text in texts]


def as_table(figures: list[Figure]) -> str:
    """The figures as a Markdown table."""
    head = "| validation set | texts | measure | value |\n|---|---|---|---|\n"
    lines = (f"| {f.corpus} | {f.size:,} | {f.measure} | {f.value:.3f} |\n" for f in figures)
    return head + "".join(lines)


def renew(card: Path, table: str) -> None:
    """Put the table between the card's two marks."""
    before, rest = card.read_text(encoding="utf-8").split(_MARKS[0])
    _, after = rest.split(_MARKS[1])
    card.write_text(before + _MARKS[0] + table + _MARKS[1] + after, encoding="utf-8")


if __name__ == "__main__":
    main()
