"""Names joined by a conjunction share their kind where one of them is in doubt."""

import numpy as np
import pytest

from deployments.entities.bio import TAGS, FoundName, TaggedWords
from deployments.entities.coordination import shared_kinds

SURE_ORG = {"ORG": 0.9, "PERSON": 0.05}
PERSON_OR_ORG = {"PERSON": 0.7, "ORG": 0.2}
SURE_PERSON = {"PERSON": 0.98, "ORG": 0.01}


def labels(text: str, shares: dict[str, dict[str, float]], code: str = "en") -> list[str]:
    """The labels of these names (a word each), which the tagger gives those shares."""
    starts = np.array([text.index(name) for name in shares])
    ends = starts + np.array([len(name) for name in shares])
    scores = np.full((len(shares), len(TAGS)), np.log(1e-3), np.float32)
    for row, of_label in enumerate(shares.values()):
        for label, share in of_label.items():
            scores[row, TAGS.index(f"B-{label}")] = np.log(share)
    names = [FoundName(n, n, max(s, key=s.__getitem__)) for n, s in enumerate(shares.values())]
    kinds = shared_kinds(text, names, TaggedWords(starts, ends, scores), code)
    for name, (label, likelihood) in zip(names, kinds, strict=True):
        assert 0 < likelihood <= 1
        assert (likelihood == 1) == (label == name.label)
    return [label for label, _ in kinds]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Acme and Fennimore grow", "en"),
        ("Acme (formerly Graywater) and Fennimore grow", "en"),
        ("Acme, or Fennimore", "en"),
        ("Acme y Fennimore crecen", "es"),
        ("Acme und Fennimore wachsen", "de"),
    ],
)
def test_a_doubtful_name_beside_a_sure_one_is_of_its_kind(text: str, code: str) -> None:
    assert labels(text, {"Acme": SURE_ORG, "Fennimore": PERSON_OR_ORG}, code) == ["ORG", "ORG"]


@pytest.mark.parametrize(
    "text",
    [
        "Acme hired Fennimore",
        "Acme. And Fennimore left",
        "Acme y Fennimore",
        f"Acme{' ' * 200}and Fennimore",
        "Acme\nFennimore",
    ],
)
def test_names_that_nothing_joins_stay_as_they_are(text: str) -> None:
    found = labels(text, {"Acme": SURE_ORG, "Fennimore": PERSON_OR_ORG})
    assert found == ["ORG", "PERSON"]


def test_two_sure_names_keep_their_kinds() -> None:
    assert labels("Ana and Acme", {"Ana": SURE_PERSON, "Acme": SURE_ORG}) == ["PERSON", "ORG"]


def test_a_name_in_parentheses_does_not_part_what_is_joined() -> None:
    shares = {"Acme": SURE_ORG, "Graywater": SURE_ORG, "Fennimore": PERSON_OR_ORG}
    assert labels("Acme (formerly Graywater) and Fennimore", shares) == ["ORG"] * 3


def test_no_names_are_none() -> None:
    assert labels("and", {}) == []
