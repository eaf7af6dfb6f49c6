"""Measure the entities, and fit the calibration of their score.

    python -m training.evaluate_entities [--data DIR] [--limit N]
    python -m training.evaluate_entities --fit

The first prints span F1 (exact span and label) on validation data for ours and for spaCy
as it comes, the calibration error of the score, and the speed on real posts. The second
prints ``_BIAS`` and ``_COEFFICIENTS`` of ``deployments/entities.py``, fitted on training
data only.
Mentions and hashtags are signals in PostLens: they are left out of gold and prediction.
"""

import argparse
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deployments import weights
from deployments.entities import EntitiesAnalyzer, EntitiesConfig, traits
from deployments.recogniser import ONTONOTES, Recogniser
from deployments.text import Document

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

_COMMON = {"PER": "PERSON", "ORG": "ORG", "LOC": "LOC"}
_WNUT = {
    "person": "PERSON", "location": "LOC", "corporation": "ORG", "group": "ORG",
    "product": "PRODUCT", "creative-work": "WORK",
}  # fmt: skip

Named = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Example:
    """A text and what is truly named in it."""

    document: Document
    names: frozenset[Named]


def read(path: Path, labels: dict[str, str], limit: int | None = None) -> list[Example]:
    """The texts of a file in the format of ``shared/data``, labels mapped to ours."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()][:limit]
    return [_example(row, labels) for row in rows]


def _example(row: dict[str, object], labels: dict[str, str]) -> Example:
    document = Document.read(str(row["text"]))
    clear = document.masked("hashtags", "mentions", "links", "emoji")
    entities: Iterable[dict[str, object]] = row["entities"]  # type: ignore[assignment]  # JSON
    named = [(int(str(e["start"])), int(str(e["end"])), str(e["label"])) for e in entities]
    kept = [
        (s, e, labels[k]) for s, e, k in named if k in labels and clear[s:e] == document.plain[s:e]
    ]
    return Example(document, frozenset(kept))


def f1(
    gold: list[frozenset[Named]], found: list[set[Named]], labels: set[str]
) -> tuple[float, float, float]:
    """Micro precision, recall and F1 over the given labels; span and label must be equal."""
    pairs = [
        ({n for n in g if n[2] in labels}, {n for n in f if n[2] in labels})
        for g, f in zip(gold, found, strict=True)
    ]
    right = sum(len(g & f) for g, f in pairs)
    precision = right / max(1, sum(len(f) for _, f in pairs))
    recall = right / max(1, sum(len(g) for g, _ in pairs))
    return precision, recall, 2 * right / max(1, sum(len(g) + len(f) for g, f in pairs))


def calibration_error(scores: list[float], right: list[bool], bins: int = 15) -> float:
    """Expected calibration error with equal bins (Guo et al. 2017)."""
    values, truths = np.array(scores), np.array(right, dtype=float)
    bin_of = np.minimum((values * bins).astype(int), bins - 1)
    groups = [bin_of == b for b in range(bins) if (bin_of == b).any()]
    return float(sum(g.mean() * abs(values[g].mean() - truths[g].mean()) for g in groups))


def stock(examples: list[Example]) -> list[set[Named]]:
    """What spaCy itself says of the same texts, signals blanked, labels mapped."""
    import spacy

    nlp = spacy.load(weights.locate(weights.SPACY_ENGLISH))
    texts = [e.document.masked("hashtags", "mentions", "links", "emoji") for e in examples]
    return [
        {(e.start_char, e.end_char, ONTONOTES[e.label_]) for e in doc.ents if e.label_ in ONTONOTES}
        for doc in nlp.pipe(texts)
    ]


def evaluate(data: Path, limit: int | None) -> None:
    """Print one line for each set."""
    analyzer = EntitiesAnalyzer(EntitiesConfig())
    print(f"{'set':24}{'ours P':>8}{'R':>7}{'F1':>7}{'spaCy F1':>10}{'ECE':>7}{'texts/s':>9}")
    for name, file, labels in (
        ("wnut17 (all labels)", "wnut17/validation.jsonl", _WNUT),
        ("wnut17", "wnut17/validation.jsonl", _WNUT),
        ("broad_twitter", "broad_twitter_corpus/validation.jsonl", _COMMON),
        ("uner_english_ewt", "uner_english_ewt/train.jsonl", _COMMON),
    ):
        examples = read(data / file, labels, limit)
        _row(
            name,
            analyzer,
            examples,
            set(labels.values()) if "all" in name else set(_COMMON.values()),
        )


def speed(data: Path) -> None:
    """Print how many real posts are read in a second of CPU time, if the posts are there."""
    path = data / "company_posts" / "posts.jsonl"
    if not path.is_file():
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    documents = [Document.read(json.loads(line)["text"]) for line in lines]
    analyzer = EntitiesAnalyzer(EntitiesConfig())
    started = time.process_time()
    found = sum(len(result.items) for result in analyzer.analyze(documents))
    rate = len(documents) / (time.process_time() - started)
    print(f"company posts: {len(documents)}, {found} entities, {rate:.0f} posts per CPU-second")


def _row(name: str, analyzer: EntitiesAnalyzer, examples: list[Example], labels: set[str]) -> None:
    started = time.perf_counter()
    results = analyzer.analyze([e.document for e in examples])
    rate = len(examples) / (time.perf_counter() - started)
    gold = [e.names for e in examples]
    found = [{(i.start, i.end, i.label) for i in r.items} for r in results]
    scored = [
        (item.score, (item.start, item.end, item.label) in names)
        for names, result in zip(gold, results, strict=True)
        for item in result.items
        if item.label in labels
    ]
    ece = calibration_error([s for s, _ in scored], [r for _, r in scored])
    precision, recall, ours = f1(gold, found, labels)
    other = f1(gold, stock(examples), labels)[2]
    print(f"{name:24}{precision:8.3f}{recall:7.3f}{ours:7.3f}{other:10.3f}{ece:7.3f}{rate:9.0f}")


def fit(data: Path) -> None:
    """Print the calibration: logistic regression on the sets that may be trained on."""
    from sklearn.linear_model import LogisticRegression

    reader = Recogniser(weights.locate(weights.SPACY_ENGLISH))
    rows: list[dict[str, float]] = []
    right: list[bool] = []
    for name, labels in (
        ("wnut17", _WNUT),
        ("broad_twitter_corpus", _COMMON),
        ("tweebank_ner", _COMMON),
        ("wikigold", _COMMON),
    ):
        for example in read(data / name / "train.jsonl", labels):
            line = example.document.masked("hashtags", "mentions", "links", "emoji")
            guesses = [g for g in reader.read([line], 1)[0] if g.label in labels.values()]
            rows += [traits(g, line) for g in guesses]
            right += [(g.start, g.end, g.label) in example.names for g in guesses]
    names = list(rows[0])
    model = LogisticRegression(max_iter=2_000).fit([[r[n] for n in names] for r in rows], right)
    print(f"{len(rows)} names, {np.mean(right):.1%} right")
    print(f"_BIAS = {model.intercept_[0]:.2f}")
    print({n: round(float(w), 2) for n, w in zip(names, model.coef_[0], strict=True)})


def main() -> None:
    """Read the options and measure or fit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--limit", type=int, help="texts of each set")
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    if options.fit:
        fit(options.data)
        return
    evaluate(options.data, options.limit)
    speed(options.data)


if __name__ == "__main__":
    main()
