"""A document is cut into segments of neighbouring sentences, its emoji put into words."""

import pytest

from deployments.affect.embeddings import sentence_lengths
from deployments.affect.emoji import emoji_name
from deployments.affect.segments import (
    CHARACTERS_PER_EMOJI,
    NAMED_EMOJI,
    SEGMENT_CHARACTERS,
    segments,
)
from deployments.text.document import Document


def sentence_texts(text: str) -> list[list[str]]:
    """The sentences of each segment, as they are encoded."""
    return [
        [" ".join(segment.text[s.start : s.end].split()) for s in segment.sentences]
        for segment in segments(Document.read(text))
    ]


@pytest.mark.parametrize(
    "emoji, name",
    [("👍🏽", "thumbs up"), ("❤️", "heart"), ("😢", "crying face"), ("👨‍👩‍👧", "man woman girl")],
)
def test_names_without_modifiers_and_drawing(emoji: str, name: str) -> None:
    assert emoji_name(emoji) == name


def test_emoji_alone_are_a_segment_of_names_and_hashtag_words() -> None:
    document = Document.read("🎉👍 #Launch")
    (segment,) = segments(document)
    assert segment.text == "Launch party popper thumbs up"
    assert segment.sentences == ()
    assert sentence_lengths(document).tolist() == [1]


def test_prose_is_read_without_mentions_and_links() -> None:
    text = "Thanks @bob for https://a.example/x! It #Works."
    assert sentence_texts(text) == [["Thanks for !", "It Works."]]


def test_emoji_in_and_after_a_sentence_are_read_by_name_once_in_a_row() -> None:
    text = "We 🚀 ship today. 🎉🎉🎉👏 #launch\n✅ Done"
    assert sentence_texts(text) == [["We rocket ship today. party popper clapping hands", "Done"]]


def test_sentences_share_a_segment_as_long_as_they_fit() -> None:
    sentence = "This is a sentence of some sixty characters, more or less so. "
    document = Document.read(sentence * 9)
    parts = segments(document)
    assert [len(segment.sentences) for segment in parts] == [3, 3, 3]
    assert all(len(segment.text) <= SEGMENT_CHARACTERS for segment in parts)
    assert sum(segment.characters for segment in parts) == sentence_lengths(document).sum()


def test_a_sentence_longer_than_a_segment_is_one_by_itself() -> None:
    texts = sentence_texts("Short one. Then " + "word " * 100 + "end. Short again.")
    assert [len(segment) for segment in texts] == [1, 1, 1]


def test_a_wall_of_emoji_is_named_at_its_beginning() -> None:
    text = "Done. " + "🎉🚀" * 100
    (segment,) = segments(Document.read(text))
    named = NAMED_EMOJI + len(text) // CHARACTERS_PER_EMOJI
    assert segment.text.count("party popper") + segment.text.count("rocket") == named


def test_emoji_behind_a_line_break_are_of_no_sentence() -> None:
    assert sentence_texts("All done. 🚀\n🎉🎉\nThanks to all.") == [
        ["All done. rocket", "Thanks to all."]
    ]


@pytest.mark.parametrize("blanks", [" ", "   ", "\t \t"])
def test_a_contrast_is_found_whatever_blanks_stand_around_it(blanks: str) -> None:
    text = f"Great team{blanks}but{blanks}terrible pay{blanks},{blanks}they say."
    (segment,) = segments(Document.read(text))
    first, second = (segment.text[span.start : span.end] for span in segment.clauses)
    assert (first, second) == ("Great team", f"terrible pay{blanks},{blanks}they say.")
