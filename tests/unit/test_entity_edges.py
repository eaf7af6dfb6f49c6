"""Neither pattern nor model makes a handle, hash sign or emoji a part of an entity.

The rules and the trimming alone, over every span that a model could name; no model.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.entities.mention import NAME_LABELS, Mention
from deployments.entities.patterns import pattern_mentions
from deployments.entities.trimming import trim
from deployments.text.document import Document

PARTS = [
    "Maria Lopez", "IBM", "Berlin", "today", " ", " ", " ", "🎉", "👩\u200d💻", "👍🏽", "🇩🇪", "🇩",
    "1️⃣", "❤", "❤️", "\u200d", "\ufe0f", "🏽", "#Google", "＃Acme", "#", "＃", "#1", "@tim_cook",
    "＠ana", "@", "@ Google", "@5pm", "https://ibm.com", "a@b.example", "$", "5", "%", "€2M", "Q3",
    "2025", "May", "3", "USD", "𝐏𝐚𝐫𝐢𝐬", "C#", "(", ")", "'s", "-", "“Dune”",
]  # fmt: skip
NASTY = [
    "5🎉%", "Q3🎉2025", "May #3", "$🎉5", "$ 5", "USD@ana5", "May 3@tim_cook", "IBM👩‍💻Berlin",
    "Siemens#Energy", "Siemens＃Energy", "@siemens AG", "Maria 🎉 Lopez", "#IBM Berlin", "IBM@",
    "2025#May", "10 #percent", "5 1️⃣ %", "Berlin🇩🇪", "Women@Google", "Dev @ Google", "IBM\u200d",
]  # fmt: skip


def surfaces(text: str) -> list[tuple[int, int]]:
    """Every entity that rules and trimming could let through on one line."""
    document = Document.read(text)
    line = document.masked("hashtags", "mentions", "links", "emoji")
    spans = [(match.start, match.end) for match in pattern_mentions(line, document.plain)]
    for start in range(len(line)):
        for end in range(start + 1, len(line) + 1):
            for label in NAME_LABELS:
                mention = trim(Mention(start, end, label, 0.9), line, document.plain)
                spans += [(mention.start, mention.end)] if mention else []
    return spans


def check(text: str) -> None:
    signals = Document.read(text).signals
    taken = [
        (signal.start, signal.end)
        for kind in ("hashtags", "mentions", "links", "emoji")
        for signal in getattr(signals, kind)
    ]
    for start, end in surfaces(text):
        surface = text[start:end]
        assert all(end <= first or last <= start for first, last in taken), surface
        assert not set(surface) & set("#＃"), surface
        assert surface[0] not in "@＠\u200d\ufe0f", surface
        assert surface[-1] not in "@＠\u200d\ufe0f", surface
        assert surface == surface.strip()


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts(text: str) -> None:
    check(text)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=5))
def test_any_mixture_of_names_and_signals(parts: list[str]) -> None:
    check("".join(parts))


def test_a_figure_is_still_found_where_no_signal_is_in_it() -> None:
    text = "5% 🎉 $5 #x Q3 2025"
    assert [text[start:end] for start, end in surfaces(text)][:3] == ["5%", "$5", "Q3 2025"]


def trimmed(surface: str, line: str) -> str:
    """What is left of a surface that a model found in the line."""
    start = line.index(surface)
    mention = trim(Mention(start, start + len(surface), "ORG", 0.9), line, line)
    assert mention is not None
    return line[mention.start : mention.end]


def test_a_name_is_given_without_its_possessive() -> None:
    line = "We saw Nairobi's airport, Philips’ plant and Wendy's menu on New Year's Eve."
    assert trimmed("Nairobi's", line) == "Nairobi"
    assert trimmed("Nairobi's airport", line) == "Nairobi"
    assert trimmed("Philips’", line) == "Philips"
    assert trimmed("Wendy's", line) == trimmed("Wendy", line) == "Wendy's"
    assert trimmed("New Year's Eve", line) == "New Year's Eve"


def test_thanks_and_greetings_are_no_part_of_a_name() -> None:
    line = "Hola Luis, Dank je wel Femke and Guten Tag Mia Kern! Merci, Zoé."
    assert trimmed("Hola Luis", line) == "Luis"
    assert trimmed("Guten Tag Mia Kern", line) == "Mia Kern"
    for greeting in ("Merci", "Dank je wel"):
        start = line.index(greeting)
        mention = Mention(start, start + len(greeting), "PERSON", 0.9)
        assert trim(mention, line, line) is None
