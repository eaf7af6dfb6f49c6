"""The posts in other languages keep the rules of training/data/README.md, every file and line."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from deployments.languages.loading import rules_of
from training.datasets.label_maps import POLARITY
from training.datasets.posts_by_language import (
    FOLDER,
    PHENOMENA,
    MultitaskPost,
    languages,
    read_language,
)

#: Of a file's segments, those that stand in two posts, at most.
MOST_REPEATED = 0.01
#: Posts that may open with the same three words.
SAME_OPENING = 3
#: Every so many posts show each of the phenomena once more: five of each in 140.
POSTS_PER_PHENOMENON = 28
#: Of a file's posts, the negative and the mixed ones together, at least.
LEAST_CRITICAL = 0.25
#: Of a file's key phrases, those with a stop word at an edge, at most: ordinals and numerals are
#: stop words, and "third quarter" is a phrase nonetheless.
MOST_WITH_STOP_WORDS = 0.04
#: Shorter posts may have fewer than three key phrases.
SHORT = 200
GLAD = {
    "admiration", "amusement", "approval", "caring", "excitement", "gratitude", "joy", "love",
    "optimism", "pride", "relief",
}  # fmt: skip
SORRY = {
    "anger", "annoyance", "disappointment", "disapproval", "disgust", "embarrassment", "fear",
    "grief", "nervousness", "remorse", "sadness",
}  # fmt: skip
each_language = pytest.mark.parametrize("code", languages())


@cache
def posts(code: str) -> list[MultitaskPost]:
    return read_language(code)


def segment_texts(post: MultitaskPost) -> Iterator[str]:
    """Segments of more than two words as compared: lower case, words alone."""
    for segment in post.segments:
        words = re.findall(r"\w+", post.document.text[segment.start : segment.end].lower())
        if len(words) > 2:
            yield " ".join(words)


def broken_phrases(post: MultitaskPost) -> Iterator[str]:
    """Key phrases that are cut from words or too long."""
    for phrase in post.keyphrases:
        parts = re.findall(r"[\w-]+", phrase.lower())
        is_whole = re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", post.document.text)
        if not is_whole or not 1 <= len(parts) <= 6:
            yield phrase


def edges(phrase: str) -> tuple[str, str]:
    """A phrase's first word and its last, in lower case."""
    words = re.findall(r"[\w-]+", phrase.lower())
    return words[0], words[-1]


def doubtful_emotions(post: MultitaskPost) -> Iterator[str]:
    """Positive segments with unhappy emotions alone, and negative ones with happy ones alone."""
    against = {POLARITY.index("positive"): SORRY, POLARITY.index("negative"): GLAD}
    for segment in post.segments:
        if segment.emotions <= against.get(segment.polarity, set()):
            yield post.document.text[segment.start : segment.end]


def test_there_are_posts_of_nine_languages() -> None:
    assert languages() == ("da", "de", "es", "fr", "it", "nl", "pl", "pt", "sv")
    assert sorted(path.name for path in FOLDER.iterdir()) == [f"{c}.jsonl" for c in languages()]


@each_language
def test_a_language_has_enough_posts_that_read_as_its_own(code: str) -> None:
    assert len(posts(code)) >= 140
    foreign = [post.id for post in posts(code) if post.document.language.code != code]
    assert len(foreign) <= 0.01 * len(posts(code)), foreign


@each_language
def test_every_fifth_post_is_for_validation(code: str) -> None:
    wrong = [
        post.id
        for number, post in enumerate(posts(code), 1)
        if (post.split == "validation") != (number % 5 == 0)
    ]
    assert wrong == []


@each_language
def test_ids_are_those_of_the_language_and_stand_once(code: str) -> None:
    ids = [post.id for post in posts(code)]
    assert [each for each in ids if not re.fullmatch(rf"{code}-\d{{3}}", each)] == []
    assert [each for each, count in Counter(ids).items() if count > 1] == []


@each_language
def test_no_post_stands_twice_and_hardly_a_segment(code: str) -> None:
    texts = Counter(" ".join(post.document.text.lower().split()) for post in posts(code))
    assert [text for text, count in texts.items() if count > 1] == []
    segments = Counter(text for post in posts(code) for text in segment_texts(post))
    repeated = [text for text, count in segments.items() if count > 1]
    assert len(repeated) <= MOST_REPEATED * segments.total(), repeated


@each_language
def test_posts_open_in_many_ways(code: str) -> None:
    openings = Counter(
        " ".join(re.findall(r"\w+", post.document.text.lower())[:3]) for post in posts(code)
    )
    assert [opening for opening, count in openings.items() if count > SAME_OPENING] == []


@each_language
def test_a_post_has_two_to_twelve_segments_or_is_short(code: str) -> None:
    wrong = [
        post.id
        for post in posts(code)
        if len(post.segments) > 12 or (len(post.segments) < 2 and len(post.document.text) > SHORT)
    ]
    assert wrong == []


@each_language
def test_a_label_of_a_post_has_a_segment_that_bears_it(code: str) -> None:
    positive, neutral, negative = range(3)
    wrong = []
    for post in posts(code):
        polarities = {segment.polarity for segment in post.segments}
        if post.polarity != neutral and post.polarity not in polarities:
            wrong.append(post.id)
        if post.mixed != ({positive, negative} <= polarities):
            wrong.append(post.id)
        if post.mixed != ("mixed" in post.kinds):
            wrong.append(post.id)
    assert wrong == []


@each_language
def test_emotions_do_not_belie_the_sentiment(code: str) -> None:
    assert {post.id: found for post in posts(code) if (found := [*doubtful_emotions(post)])} == {}


@each_language
def test_key_phrases_are_whole_and_begin_and_end_with_a_word_of_content(code: str) -> None:
    assert {post.id: found for post in posts(code) if (found := [*broken_phrases(post)])} == {}
    words = rules_of(code).stop_words
    phrases = [phrase for post in posts(code) for phrase in post.keyphrases]
    edged = [phrase for phrase in phrases if words & {*edges(phrase)}]
    assert len(edged) <= MOST_WITH_STOP_WORDS * len(phrases), edged


@each_language
def test_a_post_has_three_to_eight_key_phrases(code: str) -> None:
    wrong = [
        post.id
        for post in posts(code)
        if len(set(post.keyphrases)) != len(post.keyphrases)
        or not (1 if len(post.document.text) < SHORT else 3) <= len(post.keyphrases) <= 8
    ]
    assert wrong == []


@each_language
def test_each_phenomenon_is_shown_often_enough(code: str) -> None:
    kinds = Counter(kind for post in posts(code) for kind in post.kinds)
    assert [kind for kind in kinds if not re.fullmatch(r"[a-z]+(_[a-z]+)*", kind)] == []
    least = len(posts(code)) // POSTS_PER_PHENOMENON
    assert {kind: kinds[kind] for kind in PHENOMENA if kinds[kind] < least} == {}


@each_language
def test_enough_posts_are_negative_or_mixed(code: str) -> None:
    critical = [post for post in posts(code) if post.mixed or POLARITY[post.polarity] == "negative"]
    assert len(critical) >= LEAST_CRITICAL * len(posts(code))


@each_language
def test_posts_are_as_long_as_real_ones(code: str) -> None:
    lengths = sorted(len(post.document.text) for post in posts(code))
    assert lengths[0] < 160
    assert 250 <= lengths[len(lengths) // 2] <= 750
