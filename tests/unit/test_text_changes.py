"""What changed between two texts, by words."""

import itertools
import random
import time
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve_app.posts.common_subsequence import common_subsequence
from serve_app.posts.text_changes import TextChange, count_words, text_changes
from serve_app.request.post import MAX_CHARACTERS

SIGNS = ["a", "b", "don't", "the", " ", "  ", "\r\n", ".", "!", "#tag", "@anna", "漢", "字",
         "e\u0301", "👩‍👩‍👧", "\u0301", "\u200d", "\u0600", "\ufe0f", "ไทย"]  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(SIGNS), max_size=40).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
)
ELEMENTS = st.lists(st.integers(0, 3), max_size=12)


def marked(old: str, new: str) -> str:
    """The second text with what was removed in [-...-] and what was added in {+...+}."""
    return "".join(_marked(old, new, change) for change in text_changes(old, new))


def _marked(old: str, new: str, change: TextChange) -> str:
    removed = old[change.old.start : change.old.end]
    added = new[change.new.start : change.new.end]
    if change.kind == "equal":
        return added
    return (f"[-{removed}-]" if removed else "") + (f"{{+{added}+}}" if added else "")


@given(old=TEXTS, new=TEXTS)
def test_the_changes_make_the_second_text_of_the_first(old: str, new: str) -> None:
    changes = text_changes(old, new)
    made = ""
    old_end = new_end = 0
    for change in changes:
        assert (change.old.start, change.new.start) == (old_end, new_end)
        old_end, new_end = change.old.end, change.new.end
        removed, added = old[change.old.start : old_end], new[change.new.start : new_end]
        assert (removed == added) == (change.kind == "equal")
        assert (removed == "", added == "") == {
            "equal": (False, False), "replaced": (False, False),
            "added": (True, False), "removed": (False, True),
        }[change.kind]  # fmt: skip
        made += removed if change.kind == "equal" else added
    assert made == new
    assert old_end == len(old)
    # What differs and what does not take turns.
    pairs = itertools.pairwise(change.kind == "equal" for change in changes)
    assert all(first != second for first, second in pairs)


@given(text=TEXTS)
def test_equal_texts_have_no_changes(text: str) -> None:
    assert [change.kind for change in text_changes(text, text)] == (["equal"] if text else [])


@given(old=ELEMENTS, new=ELEMENTS)
def test_the_common_subsequence_is_one_and_the_longest(old: list[int], new: list[int]) -> None:
    @cache
    def length(i: int, j: int) -> int:
        if i == len(old) or j == len(new):
            return 0
        if old[i] == new[j]:
            return 1 + length(i + 1, j + 1)
        return max(length(i + 1, j), length(i, j + 1))

    places = common_subsequence(old, new)
    assert len(places) == length(0, 0)
    assert all(old[i] == new[j] for i, j in places)
    for (i, j), (next_i, next_j) in itertools.pairwise(places):
        assert i < next_i
        assert j < next_j


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("I love the new office in Berlin.", "I hate the old office, in Berlin!",
         "I [-love-]{+hate+} the [-new-]{+old+} office{+,+} in Berlin[-.-]{+!+}"),
        ("Thank you all", "Thank you  all.", "Thank you {+ +}all{+.+}"),
        ("One.\nTwo.", "One. Two.", "One.[-\n-]{+ +}Two."),
        ("we don't know", "we do know #now", "we [-don't-]{+do+} know{+ #now+}"),
        ("#hire us", "#hiring us", "[-#hire-]{+#hiring+} us"),
        ("漢字です", "漢学です", "漢[-字-]{+学+}です"),
        ("so 👩‍👩‍👧 we", "so 👩‍👩‍👦 we", "so [-👩‍👩‍👧-]{+👩‍👩‍👦+} we"),
        ("", "new", "{+new+}"),
        # One word alone between longer differences goes along.
        ("really bad thing the good idea man", "an awful lot the worse place ever",
         "[-really bad thing the good idea man-]{+an awful lot the worse place ever+}"),
        ("bad the good", "awful the worse", "[-bad-]{+awful+} the [-good-]{+worse+}"),
    ],
)  # fmt: skip
def test_words_are_marked_as_people_would(old: str, new: str, expected: str) -> None:
    assert marked(old, new) == expected


def test_words_are_counted_without_signs() -> None:
    assert count_words("We don't, 2 of us: #hiring! 👩‍👩‍👧 …") == 6


def _random_words(seed: int) -> str:
    rng = random.Random(seed)
    words = ["".join(rng.choices("abcdefghij", k=rng.randint(1, 9))) for _ in range(10_000)]
    return " ".join(words)[:MAX_CHARACTERS]


def _random_signs(seed: int, signs: str) -> str:
    return "".join(random.Random(seed).choices(signs, k=MAX_CHARACTERS))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (_random_words(1), _random_words(2)),
        ("a " * 10_000, "b " * 10_000),
        ("a " * 10_000, "a b " * 5_000),
        ("a " * 10_000, "b " + "a b " * 4_999),
        ("." * MAX_CHARACTERS, "!" * MAX_CHARACTERS),
        (_random_signs(1, ".!?"), _random_signs(2, ".!?")),
        (" ".join(_random_signs(1, "abc")[::2]), " ".join(_random_signs(2, "abc")[::2])),
        (_random_signs(1, "漢字"), _random_signs(2, "漢字")),
        (_random_signs(1, "a \u0301"), _random_signs(2, "a \u0301")),
    ],
)
def test_the_longest_texts_take_no_minute(old: str, new: str) -> None:
    assert len(old) in range(19_900, MAX_CHARACTERS + 1)
    started_at = time.thread_time()
    text_changes(old, new)
    # Some 0.02 s; what compares each word with each, as difflib does, takes a minute.
    assert time.thread_time() - started_at < 5
