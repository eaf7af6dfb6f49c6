"""Offsets in UTF-16 code units and UTF-8 bytes point at the same surface."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve_app.request.post import OffsetUnit
from serve_app.response.offsets import convert

SIGNS = st.sampled_from([*"aé€’\r\n\t\u0301\u200d\ufe0f𝗕👩🏽🇫🇮漢", "👩‍👩‍👧‍👦", "e\u0301", "\r\n"])
TEXTS = st.one_of(
    st.lists(SIGNS, max_size=30).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, int, int]:
    text = draw(TEXTS)
    start = draw(st.integers(0, len(text)))
    return text, start, draw(st.integers(start, len(text)))


def cut(text: str, unit: OffsetUnit, start: int, end: int) -> str:
    """``text[start:end]`` as a program sees it that counts in ``unit``."""
    if unit == "utf8":
        return text.encode()[start:end].decode()
    if unit == "utf16":
        return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")
    return text[start:end]


@pytest.mark.parametrize("unit", ["codepoint", "utf16", "utf8"])
@given(span=spans())
def test_a_converted_span_cuts_the_same_surface(
    unit: OffsetUnit, span: tuple[str, int, int]
) -> None:
    text, start, end = span
    answer = {"sentiment": {"sentences": [{"start": start, "end": end, "score": 0.5}]}}
    [sentence] = convert(answer, text, unit)["sentiment"]["sentences"]
    assert cut(text, unit, sentence["start"], sentence["end"]) == text[start:end]
    assert sentence["score"] == 0.5


def test_nested_spans_are_converted_and_nothing_else() -> None:
    text = "é🎉 Acme"
    answer = {
        "id": "start",
        "sentiment": {"status": "ok", "covered": {"start": 0, "end": 7}, "took_ms": 3},
        "entities": {"items": [{"text": "Acme", "start": 3, "end": 7}], "covered": None},
        "start": "a field that is no offset",
        "end": True,
    }
    before = copy.deepcopy(answer)
    converted = convert(answer, text, "utf8")
    assert converted["entities"]["items"] == [{"text": "Acme", "start": 7, "end": 11}]
    assert converted["sentiment"] == {
        "status": "ok", "covered": {"start": 0, "end": 11}, "took_ms": 3,
    }  # fmt: skip
    assert (converted["id"], converted["start"], converted["end"]) == (
        "start", "a field that is no offset", True,
    )  # fmt: skip
    assert answer == before
    assert convert(answer, text, "utf16")["entities"]["items"][0]["start"] == 4


@pytest.mark.parametrize("unit", ["utf16", "utf8"])
def test_occurrences_and_evidence_are_converted_like_every_span(unit: OffsetUnit) -> None:
    text = "🎉 Ärger mit Ärger 👍🏽"
    places = [{"start": 2, "end": 7}, {"start": 12, "end": 17}]
    item = {"text": "Ärger", "start": 2, "end": 7, "occurrences": places}
    answer = {
        "keywords": {"items": [item]},
        "tone": {"dominant": "critical", "evidence": [{"start": 2, "end": 17, "score": 1.0}]},
        "entities": {"items": [{"text": "Ärger", "start": 12, "end": 17, "group": 12}]},
    }
    converted = convert(answer, text, unit)
    [keyword], [entity] = converted["keywords"]["items"], converted["entities"]["items"]
    found = [keyword, *keyword["occurrences"], entity]
    assert [cut(text, unit, s["start"], s["end"]) for s in found] == ["Ärger"] * 4
    [evidence] = converted["tone"]["evidence"]
    assert cut(text, unit, evidence["start"], evidence["end"]) == "Ärger mit Ärger"
    assert (evidence["score"], entity["group"]) == (1.0, 12)


def test_an_offset_outside_the_text_is_an_error() -> None:
    with pytest.raises(IndexError):
        convert({"start": 0, "end": 9}, "é", "utf8")


def test_an_unknown_unit_is_an_error() -> None:
    with pytest.raises(ValueError, match="utf32"):
        convert({}, "é", "utf32")  # type: ignore[arg-type]  # what an unchecked caller may send
