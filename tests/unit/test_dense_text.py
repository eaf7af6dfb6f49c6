"""Texts of signs are read without most of them; all others are read as they are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from deployments.encoder.dense_text import ALWAYS_READ, MAX_DENSITY, thin_out_signs
from deployments.encoder.inputs import Tokens


def tokens_of(text: str) -> Tokens:
    """A token for every letter, digit and sign."""
    starts = np.array([i for i, sign in enumerate(text) if not sign.isspace()], dtype=np.int64)
    return Tokens(starts + 1000, starts, starts + 1, starts)


def read(text: str) -> str:
    return "".join(text[start] for start in thin_out_signs(text, tokens_of(text)).starts)


def test_a_wall_of_signs_is_read_at_its_beginning() -> None:
    assert read("?!" * 5_000) == "?!" * (ALWAYS_READ // 2)


def test_words_within_signs_are_read_to_the_end() -> None:
    assert read("+" * 100 + "a.b") == "+" * ALWAYS_READ + "ab"


def test_a_text_is_dense_beyond_half_a_token_for_each_character() -> None:
    # 132 characters may have 98 tokens.
    assert ALWAYS_READ + MAX_DENSITY * 132 == 98
    assert read("-" * 98 + " " * 34) == "-" * 98
    assert read("-" * 99 + " " * 33) == "-" * ALWAYS_READ


def test_short_texts_keep_every_sign() -> None:
    assert read("No!!! " + "!" * 40) == "No!!!" + "!" * 40


@given(st.text(alphabet="ab1 .!+", max_size=300))
def test_only_signs_go_and_offsets_stay(text: str) -> None:
    before, after = tokens_of(text), thin_out_signs(text, tokens_of(text))
    kept = set(after.starts.tolist())
    gone = [start for start in before.starts.tolist() if start not in kept]
    assert not any(text[start].isalnum() for start in gone)
    assert (after.ids - 1000 == after.starts).all()
    assert (after.ends - 1 == after.starts).all()
