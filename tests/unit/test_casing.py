"""How a word is written becomes a number; what it says does not."""

import numpy as np

from deployments.encoder.casing import CASING_COUNT, NO_CASING, casing_ids
from deployments.encoder.inputs import Tokens


def numbers(text: str) -> list[int]:
    """One for each word between blanks and line breaks."""
    words = text.split()
    starts, at = [], 0
    for word in words:
        at = text.index(word, at)
        starts.append(at)
        at += len(word)
    begin = np.array(starts, dtype=np.int64)
    ends = begin + np.array([len(word) for word in words], dtype=np.int64)
    ids = np.arange(len(words))
    return [int(number) for number in casing_ids(text, Tokens(ids, begin, ends, ids))]


def test_shapes_differ_and_letters_do_not_matter() -> None:
    shapes = numbers("we met the big IBM Ana eBay 5 & A today there")[3:10]
    assert len(set(shapes)) == 7
    assert numbers("and see Bob") == numbers("but ask Eva")


def test_a_word_at_the_head_of_a_line_is_told() -> None:
    first, second, third = numbers("Ana Bob\nEva")
    assert first == third != second


def test_capitals_mean_less_in_a_headline() -> None:
    assert numbers("we saw the Target today")[3] != numbers("How We Hit Target Today")[3]
    assert numbers("we saw the BMW today")[3] != numbers("JOIN US AT BMW NOW")[3]


def test_the_tokens_of_a_word_share_its_number() -> None:
    tokens = Tokens(np.arange(3), np.array([0, 4, 9]), np.array([4, 8, 12]), np.array([0, 0, 1]))
    first, second, _ = casing_ids("eBayLabs now", tokens).tolist()
    assert first == second


def test_every_number_has_a_vector() -> None:
    assert 0 <= min(numbers("A b C5 - DD eF")) <= max(numbers("A b C5 - DD eF")) < NO_CASING
    assert NO_CASING == CASING_COUNT - 1
    assert numbers("") == []
