import numpy as np

from loadtest.cache_simulation import best_fixed_share, make_posts, report, zipf_stream


def test_a_small_stream_is_answered_nearly_as_by_a_cache_without_limit() -> None:
    lines: list[str] = []
    shares = report(make_posts(2_000, 1), 20_000, 1.0, 1, lines.append)
    assert 0.9 < shares["memory 10 %"] <= 1
    assert shares["memory 10 %"] > shares["memory 10 %, plain LRU (0.1.0)"] + 0.1
    assert shares["memory 10 % + Redis 30 %"] > 0.99
    assert len(lines) == 1 + len(shares)


def test_a_stream_is_the_same_for_the_same_seed_and_after_zipfs_law() -> None:
    stream = zipf_stream(100, 50_000, 1.0, 7)
    assert (stream == zipf_stream(100, 50_000, 1.0, 7)).all()
    counts = np.bincount(stream, minlength=100)
    assert 1.8 < counts[0] / counts[1] < 2.2
    assert 8 < counts[0] / counts[9] < 12


def test_the_best_fixed_choice_takes_what_saves_most_for_a_byte() -> None:
    counts, sizes = np.array([5, 4, 1]), np.array([100, 10, 10])
    assert best_fixed_share(counts, sizes, 50) == 3 / 10
    assert best_fixed_share(counts, sizes, 1_000) == 7 / 10
