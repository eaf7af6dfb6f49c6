"""The posts that the service is measured with are shaped like real ones, and repeatable."""

import pytest

from loadtest.generator.posts import (
    EMOJI,
    HASHTAG,
    LENGTHS,
    LINK,
    MEDIAN_CHARACTERS,
    PostGenerator,
    profile,
)

POSTS = PostGenerator(seed=7).take(2_000)
PROFILE = profile(POSTS)


@pytest.mark.parametrize("share, characters", LENGTHS[1:])
def test_lengths_are_distributed_like_those_of_real_posts(share: float, characters: int) -> None:
    assert PROFILE.characters[share] == pytest.approx(characters, rel=0.03)


def test_signals_are_as_common_as_in_real_posts() -> None:
    assert pytest.approx(EMOJI, abs=0.03) == PROFILE.emoji
    assert pytest.approx(HASHTAG, abs=0.03) == PROFILE.hashtag
    assert pytest.approx(LINK, abs=0.03) == PROFILE.link


def test_a_few_posts_have_the_distribution_too() -> None:
    few = profile(PostGenerator(seed=3).take(32))
    assert few.characters[0.5] == pytest.approx(MEDIAN_CHARACTERS, rel=0.1)
    assert few.characters[0.9] == pytest.approx(1_499, rel=0.1)


def test_a_seed_gives_the_same_posts_and_another_one_others() -> None:
    assert PostGenerator(seed=7).take(2_000) == POSTS
    assert not set(PostGenerator(seed=8).take(200)) & set(POSTS)


def test_no_post_comes_twice() -> None:
    posts = PostGenerator(seed=1)
    taken = posts.take(1_500) + posts.of_length(200, 40) + posts.take(1_500)
    assert len(set(taken)) == len(taken)


def test_posts_of_one_length_have_it() -> None:
    lengths = {len(post) for post in PostGenerator(seed=1).of_length(50)}
    assert max(lengths) <= MEDIAN_CHARACTERS
    assert min(lengths) >= MEDIAN_CHARACTERS - 15
