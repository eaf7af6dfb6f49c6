"""The word that sums up a tone, and its evidence, follow their written rules."""

import re
from pathlib import Path

import pytest

from deployments.results import EMOTIONS, Span, ToneEvidence
from deployments.tone.dominant import (
    EMOTION_GROUPS,
    PROMOTIONAL,
    REGISTERS,
    TONE_WORDS,
    ToneScores,
    dominant_tone,
    evidence,
    strength,
)

PAGE = (Path(__file__).parents[2] / "docs" / "tone.md").read_text(encoding="utf-8")


def scores(
    *,
    formality: float = 0.5,
    subjectivity: float = 0.5,
    promotion: float = 0.0,
    **emotion_values: float,
) -> ToneScores:
    emotions = dict.fromkeys(EMOTIONS, 0.0) | emotion_values
    return ToneScores(emotions, formality, subjectivity, promotion)


@pytest.mark.parametrize(
    "expected, emotion", [(word, part) for word, parts in EMOTION_GROUPS.items() for part in parts]
)
def test_a_strong_emotion_names_the_word(expected: str, emotion: str) -> None:
    assert dominant_tone(scores(**{emotion: 0.9})) == expected


def test_emotions_of_one_word_add_up() -> None:
    assert dominant_tone(scores(anger=0.2, annoyance=0.2, joy=0.3)) == "critical"


def test_a_weak_emotion_leaves_the_word_to_the_register() -> None:
    assert dominant_tone(scores(joy=0.34)) == "informative"
    assert dominant_tone(scores(joy=0.36)) == "enthusiastic"


def test_promotion_competes_with_the_emotions_and_goes_before_the_registers() -> None:
    assert dominant_tone(scores(promotion=0.6, joy=0.5)) == "promotional"
    assert dominant_tone(scores(promotion=0.6, joy=0.7)) == "enthusiastic"
    assert dominant_tone(scores(promotion=0.36, formality=0.9, subjectivity=0.1)) == "promotional"
    assert dominant_tone(scores(promotion=0.34, formality=0.9, subjectivity=0.1)) == "analytical"


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
def test_registers(formality: float, subjectivity: float, expected: str) -> None:
    assert (
        dominant_tone(scores(formality=formality, subjectivity=subjectivity, neutral=0.9))
        == expected
    )


def test_every_emotion_of_the_rule_is_one_of_goemotions_and_used_once() -> None:
    used = [emotion for parts in EMOTION_GROUPS.values() for emotion in parts]
    assert set(used) <= set(EMOTIONS)
    assert len(used) == len(set(used))


def test_every_word_is_defined_in_the_docstring() -> None:
    assert all(f"- {word}:" in (dominant_tone.__doc__ or "") for word in TONE_WORDS)
    assert set(TONE_WORDS) == {*EMOTION_GROUPS, PROMOTIONAL, *REGISTERS}


def test_the_page_defines_every_word_by_the_emotions_of_the_code() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", PAGE, flags=re.M))
    assert set(rows) == set(TONE_WORDS)
    assert {word: tuple(rows[word].split(", ")) for word in EMOTION_GROUPS} == EMOTION_GROUPS


SPANS = [Span(0, 10), Span(11, 20), Span(21, 30), Span(31, 40), Span(41, 50)]


def test_evidence_of_an_emotion_is_where_its_emotions_are_strongest() -> None:
    sentences = [scores(joy=0.5), scores(joy=0.1), scores(excitement=0.6, joy=0.2), scores(anger=1)]
    strongest, second = evidence("enthusiastic", SPANS[:4], sentences)
    assert (strongest.start, strongest.end) == (21, 30)
    assert strongest.score == pytest.approx(0.8)
    assert second == ToneEvidence(0, 10, 0.5)


def test_evidence_is_at_most_three_and_of_equal_ones_the_earlier() -> None:
    items = evidence("promotional", SPANS, [scores(promotion=0.5)] * 5)
    assert [item.start for item in items] == [0, 11, 21]


def test_the_strongest_sentence_is_named_however_weak() -> None:
    sentences = [scores(joy=0.2), scores(joy=0.05)]
    assert evidence("enthusiastic", SPANS[:2], sentences) == (ToneEvidence(0, 10, 0.2),)
    assert evidence("enthusiastic", [], []) == ()


@pytest.mark.parametrize("word", TONE_WORDS)
def test_a_score_is_a_share_for_every_word(word: str) -> None:
    most = scores(formality=1.0, subjectivity=0.0, promotion=1.0, **dict.fromkeys(EMOTIONS, 1.0))
    assert strength(word, most) >= 0
    [item] = evidence(word, SPANS[:1], [most])
    assert 0 <= item.score <= 1


@pytest.mark.parametrize(
    "word, best",
    [
        ("analytical", scores(formality=0.9, subjectivity=0.1)),
        ("opinionated", scores(formality=0.9, subjectivity=0.9)),
        ("conversational", scores(formality=0.1, subjectivity=0.5)),
        ("informative", scores(formality=0.5, subjectivity=0.05)),
    ],
)
def test_evidence_of_a_register_is_what_satisfies_it_best(word: str, best: ToneScores) -> None:
    middle = scores(formality=0.6, subjectivity=0.4)
    assert evidence(word, SPANS[:3], [middle, best, middle])[0].start == 11
