"""Every code point is a letter, another sign, or cannot be seen."""

import re
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.encoder.code_points import LETTER, SIGN, UNSEEN, kinds, next_visible, word_numbers


@pytest.mark.parametrize(
    "kind, signs",
    [
        (UNSEEN, " \t\n\r\v\f\u00a0\u2003\u3000\x85\u2028\x00\u200b\u200d\u00ad\ufeff▁"),
        (LETTER, "aZß_7éйЖ日कÅ²½Ⅷ\u0301"),
        (SIGN, ".,!?¿«»„’-–—…#@&€%°+=/|(🎉❤™\ufffd\ue000\ufe0f\u20e3"),
    ],
)
def test_kinds(kind: int, signs: str) -> None:
    assert kinds(signs).tolist() == [kind] * len(signs)


def test_every_code_point_has_a_kind() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    found = kinds(every)
    assert len(found) == len(every)
    assert not any(found[point] for point, sign in enumerate(every) if sign.isspace())
    assert all(found[point] for point, sign in enumerate(every) if sign.isalnum())


@given(st.text(alphabet="ab9_é .!🎉\n", max_size=60))
def test_words_are_runs_of_letters_or_one_sign(text: str) -> None:
    numbers = word_numbers(kinds(text))
    for number, word in enumerate(re.finditer(r"\w+|[^\w\s]", text)):
        assert (numbers[slice(*word.span())] == number).all()


@given(st.text(alphabet="a. \u200b", max_size=60))
def test_the_next_visible_sign_is_the_first_that_is_no_blank(text: str) -> None:
    visible = [point for point, sign in enumerate(text) if sign in "a."] + [len(text)]
    expected = [min(v for v in visible if v >= point) for point in range(len(text) + 1)]
    assert next_visible(kinds(text)).tolist() == expected


def test_an_empty_text_has_nothing_to_see() -> None:
    assert next_visible(kinds("")).tolist() == [0]
    assert word_numbers(kinds("")).dtype == np.int64
