"""Train the tone heads: ``python -m training.tone``.

Four heads on the same vectors, each from its own sets: emotions, formality, politeness,
subjectivity.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from deployments.heads import Head
from deployments.results import EMOTIONS
from training import corpora, targets
from training.command import MODELS, Job, job
from training.corpora import Row
from training.embeddings import embed
from training.heads import Array, Recipe, fit, rescaled, save

#: The encoder's layers that the heads read, as for sentiment.
HIDDEN_STATES = (2, 4, 6)

#: Pavlick's sentences come from four genres and have graded scores, but are few.
FORMALITY_COUNTS = {
    "formality_pavlick_sample1000": 4.0,
    "squinky_formality": 1.0,
    "enron_email_formality": 2.0,
}


def main() -> None:
    """Train the four heads and write them as one file."""
    asked = job(str(__doc__), MODELS / "tone")
    heads = {
        "emotions": emotions(asked),
        "formality": formality(asked),
        "politeness": score(asked, "politeness", "stanford_politeness", targets.politeness),
        "subjectivity": score(asked, "subjectivity", "subj", targets.subjectivity),
    }
    print(f"wrote {save(asked.out, heads, asked.encoder, HIDDEN_STATES)}")


def emotions(asked: Job) -> Head:
    """GoEmotions' 28 labels, each calibrated on the validation split."""
    held_out = corpora.read(asked.data, "goemotions", "validation")
    rows = corpora.without(corpora.read(asked.data, "goemotions", "train"), held_out)
    head = fit(vectors(asked, rows), labels(rows), EMOTIONS, _each_alone, _recipe(asked))
    slopes, shifts = platt(head.logits(vectors(asked, held_out)), labels(held_out))
    return rescaled(head, slopes, shifts)


def formality(asked: Job) -> Head:
    """Three sets with three scales, brought to 0..1."""
    rows, values, counts = [], [], []
    for corpus, scale in targets.FORMALITY.items():
        found = corpora.read(asked.data, corpus, "train")
        rows += found
        values += [[scale(row)] for row in found]
        counts += [FORMALITY_COUNTS[corpus]] * len(found)
    return _fitted(asked, "formality", rows, np.array(values), np.array(counts))


def score(asked: Job, name: str, corpus: str, scale: targets.Scale) -> Head:
    """One score from one set."""
    held_out = corpora.read(asked.data, corpus, "validation")
    rows = corpora.without(corpora.read(asked.data, corpus, "train"), held_out)
    return _fitted(asked, name, rows, np.array([[scale(row)] for row in rows]), None)


def _fitted(asked: Job, name: str, rows: list[Row], values: Array, counts: Array | None) -> Head:
    found = vectors(asked, rows)
    recipe = Recipe(hidden=32, dropout=0.5, batch=128, seed=asked.seed)
    return fit(found, values.astype(np.float32), (name,), _each_alone, recipe, counts)


def _recipe(asked: Job) -> Recipe:
    return Recipe(hidden=256, dropout=0.4, seed=asked.seed)


def vectors(asked: Job, rows: list[Row]) -> NDArray[np.float32]:
    """The rows as the heads see them, (n, n_in)."""
    texts = [row.text for row in rows]
    return embed(asked.encoder, texts, HIDDEN_STATES).astype(np.float32)


def labels(rows: list[Row]) -> NDArray[np.float32]:
    """0 or 1 for each emotion, (n, 28)."""
    return np.array([targets.emotions(row) for row in rows], dtype=np.float32)


def platt(logits: Array, truth: Array) -> tuple[Array, Array]:
    """Slope and shift for each output that make its sigmoid a probability (Platt 1999)."""
    # A strong prior towards slope 1 would be wrong; C = 1 keeps rare emotions from exploding.
    fits = [
        LogisticRegression(C=1.0).fit(scores[:, None], given)
        for scores, given in zip(logits.T, truth.T, strict=True)
    ]
    return np.array([f.coef_[0, 0] for f in fits]), np.array([f.intercept_[0] for f in fits])


def _each_alone(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    return loss.mean(dim=1)


if __name__ == "__main__":
    main()
