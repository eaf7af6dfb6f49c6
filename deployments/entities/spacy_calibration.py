"""How likely a mention found by spaCy is right.

A logistic model over the product of spaCy's action probabilities and over how the mention
looks, fitted by ``python -m training.spacy_confidence``. Knows lines of text.
"""

import math

import regex

from deployments.entities.mention import NAME_LABELS, Mention

_BIAS = -2.18
_COEFFICIENTS = {
    "log-odds": 0.42, "PERSON": 1.07, "ORG": 0.37, "LOC": 1.73, "acronym": 0.33,
    "shouted": -0.79, "lower case": -1.35, "single word": -0.24, "first word": 0.08,
    "over 4 words": -1.85, "digits": -1.27, "odd signs": -1.4, "shouting line": -0.95,
    "LOC acronym": -0.4,
}  # fmt: skip


def mention_features(mention: Mention, line: str) -> dict[str, float]:
    """What tells a right mention from a wrong one; the first as log-odds, the others 0 or 1."""
    surface, label = line[mention.start : mention.end], mention.label
    words = surface.split()
    single = len(words) == 1
    acronym = single and surface.isupper() and len(surface) <= 4
    first = not line[: mention.start].strip()
    probability = min(max(mention.confidence, 1e-4), 1 - 1e-4)
    flags = {
        "PERSON": label == "PERSON",
        "ORG": label == "ORG",
        "LOC": label == "LOC",
        "acronym": acronym,
        "shouted": surface.isupper() and not acronym,
        "lower case": surface.islower(),
        "single word": single,
        "first word": first and single,
        "over 4 words": len(words) > 4,
        "digits": any(c.isdigit() for c in surface),
        "odd signs": bool(regex.search(r"[^\w\s.&'’-]", surface)),
        "shouting line": _share_upper(line) > 0.5,
        "LOC acronym": label == "LOC" and acronym,
    }
    log_odds = math.log(probability / (1 - probability))
    return {"log-odds": log_odds, **{name: float(flag) for name, flag in flags.items()}}


def _share_upper(line: str) -> float:
    letters = sum(c.isalpha() for c in line)
    return sum(c.isupper() for c in line) / letters if letters else 0.0


def calibrated_confidence(mention: Mention, line: str) -> float:
    """The probability 0..1 that the mention is right.

    Dates, sums and percentages were not in the labelled data: there it is the confidence itself.
    """
    if mention.label not in NAME_LABELS:
        return mention.confidence
    features = mention_features(mention, line)
    logit = _BIAS + sum(weight * features[name] for name, weight in _COEFFICIENTS.items())
    return 1 / (1 + math.exp(-logit))
