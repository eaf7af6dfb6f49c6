"""The 60 sample posts are what the demonstration and the README say of them."""

import re
import statistics
from collections.abc import Callable

import pytest

from deployments.text.document import Document
from serve_app.samples import SamplePost, sample_posts, sample_posts_by_language
from training.datasets import posts_by_language

POSTS = sample_posts()
OTHERS = sample_posts_by_language()
LANGUAGES = ("es", "pt", "fr", "de", "it", "nl", "sv", "da", "pl")
DOCUMENTS = {post.id: Document.read(post.text) for post in POSTS}


def lengths() -> list[int]:
    return sorted(len(post.text) for post in POSTS)


def share(has: Callable[[SamplePost], object]) -> float:
    return sum(bool(has(post)) for post in POSTS) / len(POSTS)


def test_there_are_sixty_with_their_ids() -> None:
    assert [post.id for post in POSTS] == [f"post-{n:02d}" for n in range(1, 61)]
    assert len({post.text for post in POSTS}) == 60


def test_lengths_are_spread_like_those_of_real_posts() -> None:
    assert lengths()[0] >= 20
    assert 2_900 <= lengths()[-1] <= 3_000
    assert 450 <= statistics.median(lengths()) <= 700
    assert sum(length < 100 for length in lengths()) >= 5
    assert sum(length > 1_500 for length in lengths()) >= 5


@pytest.mark.parametrize(
    "kind, least, most",
    [
        ("emoji", 0.45, 0.70),
        ("hashtags", 0.35, 0.50),
        ("links", 0.25, 0.45),
        ("mentions", 0.10, 0.40),
    ],
)
def test_signals_are_as_common_as_in_real_posts(kind: str, least: float, most: float) -> None:
    found = share(lambda post: getattr(DOCUMENTS[post.id].signals, kind))
    assert least <= found <= most


@pytest.mark.parametrize(
    "feature, pattern, least",
    [
        ("bold letters", "[\U0001d400-\U0001d7ff]", 3),
        ("joined emoji", "\u200d", 1),
        ("skin tones", "[\U0001f3fb-\U0001f3ff]", 2),
        ("flags", "[\U0001f1e6-\U0001f1ff]{2}", 1),
        ("numbered lists", r"(?m)^1[.)]", 3),
        ("bulleted lists", r"(?m)^[•▪→✅-]\ufe0f? ?\w", 4),
        ("Windows line breaks", r"\r\n", 1),
        ("one sentence a line", r"(?:^|\n\n)(?:[^\n]{1,80}\n\n){8}", 1),
    ],
)
def test_what_makes_posts_hard_to_read_is_there(feature: str, pattern: str, least: int) -> None:
    assert sum(bool(re.search(pattern, post.text)) for post in POSTS) >= least, feature


def test_two_are_not_in_english() -> None:
    def foreign(post: SamplePost) -> bool:
        return DOCUMENTS[post.id].language.code not in ("en", "und")

    assert {post.id: DOCUMENTS[post.id].language.code for post in POSTS if foreign(post)} == {
        "post-17": "de",
        "post-18": "es",
    }


def test_links_lead_to_domains_reserved_for_examples() -> None:
    """RFC 2606: nobody's site is named by accident."""
    links = re.findall(r"https?://([^/\s|]+)", "\n".join(post.text for post in POSTS + OTHERS))
    assert len(links) >= 18
    assert all(re.search(r"(^|\.)example\.(com|org)[.;:)]?$", host) for host in links), links


def test_bad_news_is_among_them() -> None:
    words = re.compile(r"laid off|sorry|closing|outage|failed|complain|scam|angry|cerramos", re.I)
    assert share(lambda post: words.search(post.text)) >= 0.15


def test_five_are_in_each_of_nine_other_languages_and_told_so() -> None:
    assert [post.id for post in OTHERS] == [
        f"{code}-{n}" for code in LANGUAGES for n in range(1, 6)
    ]
    told = {post.id: Document.read(post.text).language.code for post in OTHERS}
    assert told == {post.id: post.id[:2] for post in OTHERS}


@pytest.mark.parametrize("code", LANGUAGES)
def test_those_of_a_language_differ_and_none_trains_a_model(code: str) -> None:
    texts = [post.text for post in OTHERS if post.id.startswith(code)]
    assert min(map(len, texts)) < 300 < max(map(len, texts)) < 1_000
    training = {
        sentence
        for post in posts_by_language.read_language(code)
        for sentence in post.document.text.splitlines()
    }
    assert training.isdisjoint(line for text in texts for line in text.splitlines() if line)


def test_good_and_bad_news_and_signals_are_among_those_of_each_language() -> None:
    documents = [Document.read(post.text) for post in OTHERS]
    assert sum(bool(document.signals.emoji) for document in documents) >= 18
    assert sum(bool(document.signals.hashtags) for document in documents) >= 9
    assert sum(bool(document.signals.links) for document in documents) >= 9
