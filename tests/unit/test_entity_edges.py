"""Neither rule nor guess makes a handle, hash sign or emoji a part of an entity.

The rules and the trimming alone, over every stretch that a recogniser could name; no model.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.entities.analyzer import _formed, _trimmed
from deployments.entities.mention import NAMES, Guess
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
    found = [(guess.start, guess.end) for guess in _formed(line, document.plain)]
    for start in range(len(line)):
        for end in range(start + 1, len(line) + 1):
            for label in NAMES:
                guess = _trimmed(Guess(start, end, label, 0.9), line, document.plain)
                found += [(guess.start, guess.end)] if guess else []
    return found


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
