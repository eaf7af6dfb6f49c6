"""Ease: what makes it rise and fall, and what it says of very short texts."""

import math
from dataclasses import replace

import pytest

from deployments.readability.analyzer import ReadabilityAnalyzer, ReadabilityConfig
from deployments.readability.ease import GROUPS, Measures, ease, measure, scales
from deployments.readability.word_frequency import RAREST, zipf, zipf_values
from deployments.results import Language
from deployments.text.document import Document
from tests.growth import grows_linearly

EASY = (
    "My dad had an old red boat. Every summer we took it out on the lake. I sat in the front and "
    "he let me hold the line. Most days we did not catch a fish. He did not mind. We ate bread "
    "and told each other jokes until the sun went down. Now I take my own kids out."
)
HARD = (
    "The implementation of comprehensive governance frameworks, whose effectiveness is determined "
    "by organisational maturity, necessitates continuous stakeholder alignment; consequently, "
    "the prioritisation of interdepartmental accountability among decentralised subsidiaries was "
    "mandated by the supervisory committee in accordance with prevailing regulatory provisions."
)


def of(text: str) -> float:
    document = replace(Document.read(text), language=Language("en", 1.0))
    [result] = ReadabilityAnalyzer(ReadabilityConfig()).analyze([document])
    assert result.ease is not None
    return result.ease


def test_a_story_is_easy_and_a_mandate_hard() -> None:
    assert of(EASY) > 85
    assert of(HARD) < 20


@pytest.mark.parametrize("text", ["", "🎉🎉", "#AI #ML https://example.com", "...!"])
def test_of_a_text_without_words_it_says_the_middle(text: str) -> None:
    assert of(text) == 50.0


@pytest.mark.parametrize(
    "text",
    [
        "Thank you!", "We won.", "Hiring!", "Thrilled to join Siemens in Berlin!",
        "We offer:\n• speed\n• quality\n• support", "Kubernetes", "2024", "WE ARE HIRING",
    ],
)  # fmt: skip
def test_of_a_few_words_it_says_little(text: str) -> None:
    assert 30 < of(text) < 70


def test_the_more_of_the_same_the_surer() -> None:
    sentence = [["the", "cat", "sat", "on", "the", "mat"]]
    scores = [ease(sentence * times, 0) for times in (1, 3, 10, 30)]
    assert scores == sorted(scores)
    assert scores[0] < 70 < scores[-1] <= 100


WORDS = ["we", "made", "a", "good", "plan", "and", "the", "team", "did", "the", "work"]


@pytest.mark.parametrize(
    "harder, pauses",
    [
        ([WORDS + WORDS], 0),  # longer sentences
        ([WORDS, WORDS], 4),  # broken by commas
        ([[*WORDS[:3], "laudable", *WORDS[4:]], WORDS], 0),  # an unfamiliar, rare word
        ([[*WORDS[:4], "situation", *WORDS[5:]], WORDS], 0),  # an abstract noun
        ([[*WORDS[:5], "of", *WORDS[6:]], WORDS], 0),  # a preposition for "and"
        ([[*WORDS[:5], "which", *WORDS[6:]], WORDS], 0),  # a relative clause
        ([["the", "good", "plan", "was", "made", *WORDS[5:]], WORDS], 0),  # a passive
    ],
)
def test_every_measure_makes_a_text_harder(harder: list[list[str]], pauses: int) -> None:
    assert ease(harder, pauses) < ease([WORDS, WORDS], 0)


def test_names_are_no_vocabulary_and_capitals_no_names() -> None:
    plain = measure([["we", "like", "cats"]], 0)
    named = measure([["we", "like", "cats", "Xylander"]], 0)
    assert (named.unfamiliar, named.frequency) == (plain.unfamiliar, plain.frequency)
    shouted = measure([["WE", "LIKE", "QUICHE"]], 0)
    assert shouted.unfamiliar == measure([["we", "like", "quiche"]], 0).unfamiliar > 0


def test_a_long_text_is_read_like_its_parts() -> None:
    text = EASY + "\n"
    once, often = of(text * 2), of(text * 40)
    assert often == pytest.approx(once, abs=15)
    assert often >= once  # more of the same, surer


def test_curly_apostrophes_change_nothing() -> None:
    straight = "I don't think it's the team's fault, and they've said so."
    assert of(straight) == of(straight.replace("'", "’"))


def test_the_groups_hold_every_measure_once() -> None:
    assert sorted(name for group in GROUPS for name in group) == sorted(Measures._fields)
    released = scales()
    assert all(deviation > 0 for deviation in released.deviation)
    assert released.spread > 0
    assert released.settling_words > 0
    assert all(map(math.isfinite, released.mean))


@pytest.mark.parametrize(
    "word, least, most",
    [
        ("the", 7.5, 8), ("company", 5, 5.8), ("companies", 5, 5.8), ("synergy", 3.1, 3.5),
        ("Xylander".lower(), RAREST, RAREST), ("well-known", 4, 6.5), ("2024", 4.5, 4.5),
        ("don’t", 6, 6.5), ("'", RAREST, RAREST), ("-", RAREST, RAREST),
    ],
)  # fmt: skip
def test_how_common_words_are(word: str, least: float, most: float) -> None:
    assert least <= zipf(word) <= most


def test_the_list_ends_where_it_says() -> None:
    assert len(zipf_values()) > 25_000
    assert min(zipf_values().values()) == RAREST


@pytest.mark.no_cover
@pytest.mark.parametrize("text", ["a" * 20_000, "ab-" * 6_000, "I " * 9_000, "'" * 500 + "a"])
def test_odd_texts_take_no_longer_than_their_length(text: str) -> None:
    assert 0 <= of(text) <= 100
    assert grows_linearly(lambda length: of(text[:length]), len(text))
