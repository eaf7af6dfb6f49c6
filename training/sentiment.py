"""Train the sentiment head: ``python -m training.sentiment``.

Tweets (TweetEval), film reviews (SST) and the project's own business sentences.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from deployments.heads import Head
from training import corpora, targets
from training.command import MODELS, Job, job
from training.corpora import Row
from training.embeddings import embed
from training.heads import Recipe, fit, rescaled, save, temperature

#: The encoder's layers that the head reads. The last alone was made for topics and scores
#: 0.04 lower in macro recall on TweetEval's validation split; all six gain nothing more.
HIDDEN_STATES = (2, 4, 6)

#: How much a sentence of each set counts; the business sentences are few and nearest to posts.
SETS = {"tweeteval_sentiment": 1.0, "sst5": 1.0, corpora.BUSINESS: 3.0}
VALIDATION = ("tweeteval_sentiment", "sst5")


def main() -> None:
    """Train, calibrate and write the head."""
    asked = job(str(__doc__), MODELS / "sentiment")
    head = calibrated(trained(asked), asked)
    print(f"wrote {save(asked.out, {'sentiment': head}, asked.encoder, HIDDEN_STATES)}")


def trained(asked: Job) -> Head:
    """The head as fitted, its probabilities not yet calibrated."""
    held_out = [
        row for corpus in VALIDATION for row in corpora.read(asked.data, corpus, "validation")
    ]
    vectors, classes, counts = [], [], []
    for corpus, count in SETS.items():
        rows = corpora.without(corpora.read(asked.data, corpus, "train"), held_out)
        vectors.append(embed(asked.encoder, [row.text for row in rows], HIDDEN_STATES))
        classes.append(polarities(rows))
        counts.append(np.full(len(rows), count))
    labels = np.concatenate(classes)
    return fit(
        np.concatenate(vectors),
        labels,
        targets.POLARITY,
        torch.nn.CrossEntropyLoss(reduction="none"),
        Recipe(seed=asked.seed),
        np.concatenate(counts) * balance(labels),
    )


def calibrated(head: Head, asked: Job) -> Head:
    """The head with the temperature that suits the validation splits of both sets."""
    rows = [row for corpus in VALIDATION for row in corpora.read(asked.data, corpus, "validation")]
    vectors = embed(asked.encoder, [row.text for row in rows], HIDDEN_STATES).astype(np.float32)
    factor = temperature(head.logits(vectors), polarities(rows))
    print(f"temperature {1 / factor:.2f}")
    return rescaled(head, np.full(3, factor), np.zeros(3))


def polarities(rows: list[Row]) -> NDArray[np.int64]:
    """Class numbers, (n,)."""
    return np.array([targets.polarity(row) for row in rows], dtype=np.int64)


def balance(classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weights that make every class count alike: posts have another mix than tweets."""
    shares = np.bincount(classes) / len(classes)
    weights: NDArray[np.float64] = 1 / (len(shares) * shares[classes])
    return weights


if __name__ == "__main__":
    main()
