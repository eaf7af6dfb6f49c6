"""Readability: counts made by hand, and formulas worked out by hand."""

import math
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.readability import dale_chall
from deployments.readability.analyzer import ReadabilityAnalyzer, ReadabilityConfig
from deployments.readability.dale_chall import is_familiar
from deployments.readability.syllables import syllables, syllables_by_rule, syllables_by_word
from deployments.results import Readability
from deployments.text.document import Document

DEFAULT = ReadabilityConfig()


made = cache(ReadabilityAnalyzer)  # making one reads and hashes the dictionaries


def read(text: str, config: ReadabilityConfig = DEFAULT) -> Readability:
    [result] = made(config).analyze([Document.read(text)])
    return result


# Text, then words, sentences and syllables as counted by hand, then
# 206.835 - 1.015 words/sentences - 84.6 syllables/words  and
# 0.39 words/sentences + 11.8 syllables/words - 15.59, worked out by hand.
HAND_COUNTED = [
    ("The cat sat on the mat.", 6, 1, 6, 116.145, -1.45),
    ("We have a new team. They start on Monday.", 9, 2, 10, 108.2675, -0.7239),
    ("The company is growing quickly. Thank you!", 7, 2, 11, 70.3396, 4.3179),
    ("Innovation and collaboration are essential.", 5, 1, 14, -35.12, 19.40),
    # Hashtags, links and emoji are no words; the emoji parts two sentences.
    ("Big news today 🎉 We won it!\n#AI #Hiring https://example.com/a", 6, 2, 7, 105.09, -0.6533),
    # Every item is a sentence.
    ("We offer:\n• speed\n• quality\n• support", 5, 4, 9, 53.2863, 6.1375),
    # Nineteen-eighteen: four syllables, as Flesch counts them.
    ("In 1918 the war ended.", 5, 1, 9, 49.48, 7.60),
    ("𝗕𝗶𝗴 𝗻𝗲𝘄𝘀 from the data team.", 6, 1, 7, 102.045, 0.5167),
    ("Yesterday Alexander presented a well-known photographer.", 6, 1, 17, -38.955, 20.1833),
    ("Thanks @jane_doe! I don’t mind: it’s the team’s work.", 8, 2, 8, 118.175, -2.23),
]


@pytest.mark.parametrize("text, words, sentences, spoken, ease, grade", HAND_COUNTED)
def test_texts_counted_by_hand(
    text: str, words: int, sentences: int, spoken: int, ease: float, grade: float
) -> None:
    result = read(text)
    assert (result.words, result.sentences, result.syllables) == (words, sentences, spoken)
    assert result.flesch_reading_ease == pytest.approx(ease, abs=1e-3)
    assert result.flesch_kincaid_grade == pytest.approx(grade, abs=1e-3)


def test_every_formula_on_an_easy_sentence() -> None:
    result = read("The cat sat on the mat.")  # 17 letters, nothing hard
    assert result.gunning_fog == pytest.approx(0.4 * 6)
    assert result.smog == pytest.approx(3.1291)
    assert result.coleman_liau == pytest.approx(16.66 - 4.9333 - 15.8, abs=1e-3)
    assert result.automated_readability == pytest.approx(13.345 + 3 - 21.43, abs=1e-3)
    assert result.dale_chall == pytest.approx(0.0496 * 6, abs=1e-3)
    assert result.grade == 0.0  # the median, -1.45, is below the first year


def test_every_formula_on_a_hard_sentence() -> None:
    result = read("Innovation and collaboration are essential.")  # 38 letters, 3 of 5 words hard
    assert result.gunning_fog == pytest.approx(0.4 * (5 + 60))
    assert result.smog == pytest.approx(1.0430 * math.sqrt(90) + 3.1291, abs=1e-3)
    assert result.coleman_liau == pytest.approx(44.688 - 5.92 - 15.8, abs=1e-3)
    assert result.automated_readability == pytest.approx(35.796 + 2.5 - 21.43, abs=1e-3)
    assert result.dale_chall == pytest.approx(9.474 + 0.248 + 3.6365, abs=1e-3)
    assert result.grade == pytest.approx(19.40, abs=1e-3)  # of 13.02, 16.87, 19.40, 22.97, 26.0


def test_gunnings_exceptions_and_smogs_lack_of_them() -> None:
    # Polysyllables: all but "a" and "well-known". Gunning leaves out the name and "presented",
    # which has its third syllable from -ed.
    result = read("Yesterday Alexander presented a well-known photographer.")
    assert result.gunning_fog == pytest.approx(0.4 * (6 + 100 * 2 / 6), abs=1e-3)
    assert result.smog == pytest.approx(14.5546, abs=1e-3)


def test_dale_chall_is_adjusted_above_five_percent_only() -> None:
    nineteen = read(
        "The cat sat on the mat and the dog ran to the door of the house at last quiche."
    )
    assert nineteen.words == 19  # one of 19 words is 5.26 percent
    expected = 0.1579 * 100 / 19 + 0.0496 * 19 + 3.6365
    assert nineteen.dale_chall == pytest.approx(expected, abs=1e-3)
    twenty = read(
        "The cat sat on the mat and the dog ran to the door of the house at the last quiche."
    )
    assert twenty.dale_chall == pytest.approx(0.1579 * 5 + 0.0496 * 20, abs=1e-3)


@pytest.mark.parametrize(
    "word, expected",
    [
        ("walked", True), ("stopped", True), ("babies", True), ("making", True),
        ("teacher's", True), ("happiest", True), ("quickly", True),
        ("snow-white", True), ("2024", True),
        ("synergy", False), ("leverage", False), ("high-fidelity", False),
    ],
)  # fmt: skip
def test_regular_inflections_are_familiar(word: str, expected: bool) -> None:
    assert is_familiar(word) is expected


@pytest.mark.parametrize(
    "word, expected",
    [
        ("company", 3), ("Company’s", 3), ("boss's", 2), ("LinkedIn", 3), ("CRM", 3), ("WWW", 9),
        ("AI-driven", 4), ("B2B", 3), ("24th", 3), ("2,500,000", 8), ("26.4", 5), ("2024", 5),
        ("9am", 3), ("10PM", 3), ("U.S", 2), ("R&D", 3), ("Dr", 2),
        ("Sophocles", 3), ("Kubernetes", 4), ("vehicles", 3), ("ROI", 3), ("NGOs", 3), ("WOW", 1),
        ("NEW", 1), ("SVPs", 3), ("iOS", 3), ("VMware", 3), ("JSON", 2), ("SaaS", 1), ("R&D's", 3),
        ("omnichannel", 4), ("onboarding", 3), ("microservices", 5), ("0", 2), ("é", 1),
    ],
)  # fmt: skip
def test_syllables(word: str, expected: int) -> None:
    assert syllables(word) == expected


def test_the_spelling_rules_agree_with_the_dictionary() -> None:
    dictionary = syllables_by_word().items()
    sample = [(word, n) for word, n in dictionary if word.isalpha() and len(word) > 2][::20]
    exact = sum(syllables_by_rule(word) == n for word, n in sample) / len(sample)
    near = sum(abs(syllables_by_rule(word) - n) <= 1 for word, n in sample) / len(sample)
    assert exact >= 0.90
    assert near >= 0.99


def test_the_hardest_sentences_come_first_and_short_ones_never() -> None:
    text = (
        "Incomprehensibility! We had a very good day at the sea with all of you. "
        "Organisational transformation necessitates considerable interdepartmental collaboration "
        "and communication. We will do the same again in the summer of the next year. "
        "Every participant received an individual certificate after the examination."
    )
    hardest = read(text).hardest_sentences
    firsts = [text[s.start : s.end].split()[0] for s in hardest]
    assert firsts == ["Organisational", "Every", "We"]
    grades = [s.grade or 0.0 for s in hardest]
    assert grades == sorted(grades, reverse=True)
    assert read(text, ReadabilityConfig(hardest=1)).hardest_sentences == hardest[:1]


def test_reading_time_is_words_over_speed() -> None:
    text = "word " * 238
    assert read(text).reading_time_s == pytest.approx(60.0)
    assert read(text, ReadabilityConfig(words_per_minute=119)).reading_time_s == pytest.approx(
        120.0
    )


@pytest.mark.parametrize("text", ["", "  \n", "🎉🎉", "#AI #ML https://example.com", "...!", "1. "])
def test_a_text_without_words_gives_zeros_and_the_middle(text: str) -> None:
    result = read(text)
    numbers = [v for f in fields(result) if isinstance(v := getattr(result, f.name), (int, float))]
    assert numbers == [50, *[0] * 12]
    assert result.hardest_sentences == ()
    assert (result.covered.start, result.covered.end) == (0, len(text))


@given(st.text(st.characters(), max_size=80))
@settings(max_examples=100, deadline=None)
def test_every_number_is_finite_for_any_text(text: str) -> None:
    result = read(text)
    for field in fields(result):
        value = getattr(result, field.name)
        assert not isinstance(value, float) or math.isfinite(value)
    assert result.grade is None or result.grade >= 0


def test_the_version_depends_on_the_words_of_a_list_and_not_on_its_comments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = ReadabilityAnalyzer(DEFAULT).model
    content = dale_chall.WORD_LIST_FILE.read_text(encoding="utf-8")
    changed = tmp_path / "words.txt"
    monkeypatch.setattr(dale_chall, "WORD_LIST_FILE", changed)
    changed.write_text(f"# Another comment.\n{content}", encoding="utf-8")
    assert ReadabilityAnalyzer(DEFAULT).model == released
    changed.write_text(f"{content}\nsynergy\n", encoding="utf-8")
    assert ReadabilityAnalyzer(DEFAULT).model != released
