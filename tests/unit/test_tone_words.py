"""The word that sums up a tone follows its written rule."""

import pytest

from deployments.results import EMOTIONS
from deployments.tone import FEELINGS, MANNERS, dominant


def word(*, formality: float = 0.5, subjectivity: float = 0.5, **felt: float) -> str:
    emotions = dict.fromkeys(EMOTIONS, 0.0) | felt
    return dominant(emotions, formality=formality, subjectivity=subjectivity)


@pytest.mark.parametrize(
    "expected, emotion", [(word, part) for word, parts in FEELINGS.items() for part in parts]
)
def test_a_strong_emotion_names_the_word(expected: str, emotion: str) -> None:
    assert word(**{emotion: 0.9}) == expected


def test_emotions_of_one_word_add_up() -> None:
    assert word(anger=0.2, annoyance=0.2, joy=0.3) == "critical"


def test_a_weak_emotion_leaves_the_word_to_the_manner() -> None:
    assert word(joy=0.34) == "informative"
    assert word(joy=0.36) == "enthusiastic"


@pytest.mark.parametrize(
    "formality, subjectivity, expected",
    [
        (0.8, 0.1, "analytical"),
        (0.8, 0.9, "opinionated"),
        (0.1, 0.9, "opinionated"),
        (0.1, 0.3, "conversational"),
        (0.5, 0.5, "informative"),
    ],
)
def test_manners(formality: float, subjectivity: float, expected: str) -> None:
    assert word(formality=formality, subjectivity=subjectivity, neutral=0.9) == expected


def test_every_emotion_of_the_rule_is_one_of_goemotions_and_used_once() -> None:
    used = [emotion for parts in FEELINGS.values() for emotion in parts]
    assert set(used) <= set(EMOTIONS)
    assert len(used) == len(set(used))


def test_every_word_is_defined_in_the_docstring() -> None:
    assert all(f"- {word}:" in (dominant.__doc__ or "") for word in (*FEELINGS, *MANNERS))
