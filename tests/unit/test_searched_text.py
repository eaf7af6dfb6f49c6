"""Texts as they are searched, and the places of words in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.results import Span
from serve_app.posts.matches import marked_spans
from serve_app.posts.searched_text import searched_query, searched_text


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("plain words, as they are", "plain words, as they are"),
        ("launch🚀 goal… word—dash", "launch  goal  word dash"),
        ("“quoted” don’t", " quoted  don't"),
        ("❤️team 1️⃣st", "  team 1  st"),
        ("𝗕𝗼𝗹𝗱 ＃Tag", "Bold  Tag"),
        ("Größe naïve e\u0301 日本", "Größe naïve e\u0301 日本"),
        ("<p>a</p>&amp;", "\na\n   &    "),
    ],
)
def test_only_words_are_left(text: str, searched: str) -> None:
    assert searched_text(text).split() == searched.split()
    assert len(searched_text(text)) == len(text)


@given(st.text())
def test_every_place_stays(text: str) -> None:
    searched = searched_text(text)
    assert len(searched) == len(text)
    assert searched_text(searched) == searched or "&" in text or "<" in text


def test_a_phrase_may_stand_in_any_quotes() -> None:
    assert searched_query("„net zero“ «x»") == '"net zero" "x"'


@given(st.lists(st.tuples(st.text("ab🚀\u0301 \n"), st.text("ab🚀\u0301\n", min_size=1))))
def test_marks_are_counted_in_code_points(pieces: list[tuple[str, str]]) -> None:
    marked = "".join(f"{between}<<{word}>>" for between, word in pieces)
    text = "".join(between + word for between, word in pieces)
    spans = marked_spans(marked, "<<", ">>")
    assert [text[span.start : span.end] for span in spans] == [word for _, word in pieces]


def test_without_marks_there_are_no_matches() -> None:
    assert marked_spans("text", "<<", ">>") == []
    assert marked_spans("<<x>>", "<<", ">>") == [Span(0, 1)]
