"""Where a phrase stands by itself, and that many are found in one pass."""

import time

import pytest

from serve_app.corrections.phrases import (
    MAX_NESTED,
    Phrase,
    PhraseFinder,
    folded,
    phrase_key,
    readable,
)
from serve_app.corrections.rule_set import read_plain


def found(phrase: str, text: str, *, match_case: bool = False) -> list[str]:
    finder = PhraseFinder([Phrase.of(phrase, match_case=match_case)])
    return [text[start:end] for _, start, end in finder.find(readable(text))]


@pytest.mark.parametrize(
    "text",
    [
        "War Zone opens",
        "the war\nzone.",
        "“War Zone”",
        "(WAR\u00a0ZONE)",
        "War Zone's team",
        "War Zone, War-Zone",
        "#2 War Zone!",
        "We won – War Zone…",
        "We won--War Zone",
        "🚀War Zone🚀",
    ],
)
def test_it_stands_by_itself_among_blanks_and_signs(text: str) -> None:
    assert len(found("War Zone", text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "War Zones",
        "Postwar Zone",
        "war-zone",
        "War  Zone",
        "anti-War Zone",
        "War Zone-Team",
        "/War Zone",
        "x.War Zone",
        "War Zone_1",
        "War Zone\u0301",
    ],
)
def test_it_does_not_stand_within_a_longer_word(text: str) -> None:
    assert found("War Zone", text) == []


@pytest.mark.parametrize(
    ("phrase", "inside", "outside"),
    [
        ("C", "C, C.", ["C++", "C#", "C-level", "x/C"]),
        ("C++", "C++, (C++)", ["C++11"]),
        ("R&D", "R&D, our R&D", ["R&D;", "R&Department"]),
        ("shell", "Shell; shell:", ["shell.com", "anna@shell.com", "Shell/BP", "Shell-Tankstelle"]),
        (".NET", ".NET (.NET)", ["3.NET"]),
        ("5", "5, 5%", ["-5", "1.5", "5G", "$5.20"]),
        ("L'Oréal", "L’Oréal, l'oréal", ["L'Oréals"]),
        ("Straße", "straße, STRAßE", ["Straßen"]),
    ],
)
def test_signs_that_tie_words_together(phrase: str, inside: str, outside: list[str]) -> None:
    assert len(found(phrase, inside)) == 2
    assert [text for text in outside if found(phrase, text)] == []


def test_case_counts_where_it_is_asked_for() -> None:
    assert found("Target", "our target, Target, TARGET", match_case=True) == ["Target"]
    assert found("Target", "our target, Target, TARGET") == ["target", "Target", "TARGET"]


@pytest.mark.parametrize("text", ["İSTANBUL Σας", "K\u212a", "ŉx", "ΑΣ", "\u2009a\u2019b"])
def test_what_is_compared_is_as_long_as_the_text(text: str) -> None:
    assert len(folded(text)) == len(readable(text)) == len(text)


def test_equal_phrases_have_equal_keys() -> None:
    assert phrase_key("  L’Oréal \n Paris ", match_case=False) == "l'oréal paris"
    assert phrase_key("ΣΑΣ", match_case=False) == phrase_key("σας", match_case=False)


def test_phrases_within_each_other_are_all_found() -> None:
    phrases = [Phrase.of(text, match_case=False) for text in ("zone", "war zone", "the war zone")]
    finder = PhraseFinder(phrases)
    assert {phrase.key for phrase, _, _ in finder.find("in the war zone")} == {
        "zone", "war zone", "the war zone",
    }  # fmt: skip
    assert finder.nested == 3


def test_a_thousand_phrases_take_one_pass_over_the_text() -> None:
    """What a place costs is bounded by the phrases that may end there, not by their number."""
    words = [f"word{number} phrase{number % 7}" for number in range(10_000)]
    finder = PhraseFinder([Phrase.of(text, match_case=False) for text in words])
    assert finder.nested <= MAX_NESTED
    took = []
    for count in (1_000, 16_000):
        text = "Word17 phrase3 and so on. " * (count // 26)
        took.append(min(_seconds(finder, text) for _ in range(5)))
    assert took[1] < 64 * took[0]  # sixteen times the text; four times as much for noise


def _seconds(finder: PhraseFinder, text: str) -> float:
    begun = time.perf_counter()
    finder.find(text)
    return time.perf_counter() - begun


def test_letters_that_are_drawn_otherwise_are_read_as_letters() -> None:
    text = "𝗪𝗮𝗿 𝗭𝗼𝗻𝗲 opens"
    finder = PhraseFinder([Phrase.of("war zone", match_case=False)])
    [(_, start, end)] = finder.find(read_plain(text))
    assert (start, end) == (0, 8)
