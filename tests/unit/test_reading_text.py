"""What the encoder is given of a post keeps the post's offsets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.reading.reading_text import reading_input, reading_text
from deployments.text.document import Document


def read(text: str) -> str:
    return reading_text(Document.read(text))


def test_mentions_and_links_are_blanked_and_emoji_stay() -> None:
    text = "Thanks @lena_k for https://a.example/x! 🚀"
    assert read(text) == "Thanks         for                    ! 🚀"


def test_a_hashtag_in_a_sentence_is_its_word_and_one_outside_is_blanked() -> None:
    assert read("We grow #Berlin this year.\n\n#hiring #team") == (
        "We grow  Berlin this year.\n\n             "
    )


def test_hashtags_that_are_all_there_is_are_read() -> None:
    assert read("#Launch #Day 🎉") == " Launch  Day 🎉"


@pytest.mark.parametrize("sign", ["\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_every_line_break_is_a_line_feed(sign: str) -> None:
    assert read(f"Maria Lopez{sign}Jonas Berg") == "Maria Lopez\nJonas Berg"


def test_a_text_is_split_at_its_sentences() -> None:
    assert reading_input(Document.read("We won. They lost!")).split_points == (0, 8)


@given(st.text(alphabet=st.sampled_from("aB #@.\n🎉é!1İ"), max_size=60))
def test_the_length_stays(text: str) -> None:
    document = Document.read(text)
    assert len(reading_text(document)) == len(document.text)
