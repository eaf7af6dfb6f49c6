"""A document is read in units of neighbouring sentences, its emoji by their names."""

import pytest

from deployments.affect.units import UNIT_CHARACTERS, emoji_name, lengths, units
from deployments.text.document import Document


def told(text: str) -> list[list[str]]:
    """The sentences of each unit, as they are read."""
    return [
        [" ".join(unit.text[s.start : s.end].split()) for s in unit.sentences]
        for unit in units(Document.read(text))
    ]


@pytest.mark.parametrize(
    "emoji, name",
    [("👍🏽", "thumbs up"), ("❤️", "heart"), ("😢", "crying face"), ("👨‍👩‍👧", "man woman girl")],
)
def test_names_without_modifiers_and_drawing(emoji: str, name: str) -> None:
    assert emoji_name(emoji) == name


def test_emoji_alone_are_a_unit_of_names_and_hashtag_words() -> None:
    document = Document.read("🎉👍 #Launch")
    (unit,) = units(document)
    assert unit.text == "Launch party popper thumbs up"
    assert unit.sentences == ()
    assert lengths(document).tolist() == [1]


def test_prose_is_read_without_mentions_and_links() -> None:
    text = "Thanks @bob for https://a.example/x! It #Works."
    assert told(text) == [["Thanks for !", "It Works."]]


def test_emoji_in_and_after_a_sentence_are_read_by_name_once_in_a_row() -> None:
    text = "We 🚀 ship today. 🎉🎉🎉👏 #launch\n✅ Done"
    assert told(text) == [["We rocket ship today. party popper clapping hands", "Done"]]


def test_sentences_share_a_unit_as_long_as_they_fit() -> None:
    sentence = "This is a sentence of some sixty characters, more or less so. "
    document = Document.read(sentence * 9)
    found = units(document)
    assert [len(unit.sentences) for unit in found] == [3, 3, 3]
    assert all(len(unit.text) <= UNIT_CHARACTERS for unit in found)
    assert sum(unit.length for unit in found) == lengths(document).sum()


def test_a_sentence_longer_than_a_unit_is_one_by_itself() -> None:
    found = told("Short one. Then " + "word " * 100 + "end. Short again.")
    assert [len(unit) for unit in found] == [1, 1, 1]
