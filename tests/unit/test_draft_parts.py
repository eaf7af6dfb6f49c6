"""Drafts in parts, what is remembered of them, and how many texts may come."""

import pytest

from deployments.text.document import Document
from serve_app.drafts.marks import OVERHEAD, PartMarks
from serve_app.drafts.pace import TEXTS_AT_ONCE, TEXTS_PER_SECOND, Pace
from serve_app.drafts.parts import DraftPart, parts_of
from serve_app.request.post import OffsetUnit
from tests.manual_clock import ManualClock

TEXT = "🎉 We won. It is over!\n\n#news"


def part(text: str, start: int = 0, language: str = "en") -> DraftPart:
    return DraftPart(text, language, True, start, start + len(text))


@pytest.mark.parametrize("unit", ["codepoint", "utf16", "utf8"])
def test_parts_are_the_sentences_and_what_is_between(unit: OffsetUnit) -> None:
    parts = parts_of(Document.read(TEXT), unit)
    assert [(p.text, p.is_sentence) for p in parts] == [
        ("🎉 ", False),
        ("We won.", True),
        ("It is over!", True),
        ("\n\n#news", False),
    ]
    assert [_slice(p.start, p.end, unit) for p in parts] == [p.text for p in parts]


def _slice(start: int, end: int, unit: OffsetUnit) -> str:
    """A stretch of the text by offsets in a unit."""
    if unit == "utf16":
        return TEXT.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")
    return TEXT.encode()[start:end].decode() if unit == "utf8" else TEXT[start:end]


def test_a_blank_draft_has_no_part() -> None:
    assert parts_of(Document.read("\n "), "codepoint") == []


def test_what_is_known_of_a_part_holds_wherever_it_stands() -> None:
    marks = PartMarks()
    first, second = part("We won.", 3), part("So sad.", 11)
    whole = {
        "sentiment": {"sentences": [{"start": 3, "end": 10, "label": "positive"}]},
        "entities": {
            "items": [
                {"start": 11, "end": 13, "label": "ORG", "group": 4},
                {"start": 8, "end": 13, "label": "ORG", "group": 5},  # in both, so in none
            ]
        },
    }
    marks.learn_whole([first, second], whole)
    moved = [part("So sad.", 0), part("We won.", 20)]
    assert marks.unknown(moved) == []
    assert marks.of(moved, ("sentiment", "tone", "entities")) == {
        "sentiment": {"sentences": [{"start": 20, "end": 27, "label": "positive"}]},
        "entities": {"items": [{"start": 0, "end": 2, "label": "ORG"}]},
    }


def test_a_sentence_is_unknown_once_and_in_another_language() -> None:
    marks = PartMarks()
    marks.learn(part("Merci."), {"sentiment": []})
    again, other = part("Merci.", 9), part("Merci.", 9, language="fr")
    gap = DraftPart("#news", "en", False, 20, 25)
    assert marks.unknown([again, other, other, gap]) == [other]


def test_the_least_recently_used_are_forgotten_beyond_the_limit() -> None:
    limit = 3 * (OVERHEAD + 4)
    marks = PartMarks(limit)
    for text in ("one.", "two.", "six."):
        marks.learn(part(text), {})
    assert (marks.size, marks.unknown(map(part, ("one.", "two.", "six.")))) == (limit, [])
    marks.unknown([part("one.")])  # which counts as used
    marks.learn(part("x"), {})
    assert marks.size == limit - 3
    assert [p.text for p in marks.unknown(map(part, ("one.", "two.", "six.", "x")))] == ["two."]
    marks.learn(part("x" * (limit - OVERHEAD)), {})
    assert marks.size == limit
    marks.learn(part("y" * (limit - OVERHEAD + 1)), {})
    assert marks.size == 0


def test_a_channel_takes_so_many_texts_at_once_and_a_second() -> None:
    clock = ManualClock()
    pace = Pace(clock)
    assert [pace.allows_one() for _ in range(TEXTS_AT_ONCE + 1)] == [True] * TEXTS_AT_ONCE + [False]
    clock.now += 1
    assert sum(pace.allows_one() for _ in range(2 * TEXTS_PER_SECOND)) == TEXTS_PER_SECOND
    clock.now += 3_600
    assert sum(pace.allows_one() for _ in range(2 * TEXTS_AT_ONCE)) == TEXTS_AT_ONCE
