"""A text without words is read by the names of its emoji."""

import pytest

from deployments.reading import emoji_name, lengths, sentences
from deployments.text import Document


@pytest.mark.parametrize(
    "emoji, name",
    [("👍🏽", "thumbs up"), ("❤️", "heart"), ("😢", "crying face"), ("👨‍👩‍👧", "man woman girl")],
)
def test_names_without_modifiers_and_drawing(emoji: str, name: str) -> None:
    assert emoji_name(emoji) == name


def test_emoji_alone_become_a_passage_of_names_and_hashtag_words() -> None:
    document = Document.read("🎉👍 #Launch")
    assert sentences(document) == ["Launch party popper thumbs up"]
    assert lengths(document).tolist() == [1]


def test_prose_is_read_by_sentence_without_mentions_and_links() -> None:
    document = Document.read("Thanks @bob for https://a.example/x! It #Works.")
    first, second = sentences(document)
    assert first.split() == ["Thanks", "for", "!"]
    assert second.split() == ["It", "Works."]
    assert lengths(document).tolist() == [len(first), len(second)]
