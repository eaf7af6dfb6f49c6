"""The real vectors tell near-duplicates from posts on one subject, and find translations."""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest

from deployments.text.document import Document
from serve_app.in_process import LoadedAnalyses
from serve_app.samples import sample_posts, sample_posts_by_language
from serve_app.similar.shingles import shared_words
from serve_app.similar.similar_posts import LEAST_SHARED_WORDS, LEAST_SIMILARITY
from serve_app.similar.vectors import PostVector
from training.datasets.json_lines import read_json_lines

TRANSLATED = Path(__file__).parents[1] / "data" / "translated_posts.jsonl"
SAMPLES = [post.text for post in (*sample_posts(), *sample_posts_by_language())]
#: Of a few words, what is left of an edit may be anybody's.
LONG = [text for text in SAMPLES if len(text) >= 200]


def _words_changed(text: str, rng: random.Random) -> str:
    """One word in ten is another."""
    parts = re.split(r"(\W+)", text)
    for place in rng.sample(range(0, len(parts), 2), max(1, len(parts) // 20)):
        parts[place] = rng.choice(rng.choice(SAMPLES).split())
    return "".join(parts)


def _hashtags_moved(text: str, rng: random.Random) -> str:
    tags = re.findall(r"#\w+", text) or ["#news", "#growth"]
    return " ".join(rng.sample(tags, len(tags))) + "\n\n" + re.sub(r"#\w+", "", text).strip()


def _cut(text: str, rng: random.Random) -> str:
    """The last third is missing."""
    return text[: text.rindex(" ", 0, len(text) * 2 // 3)] + " …"


def _ending_added(text: str, rng: random.Random) -> str:
    return f"{text}\n\n{rng.choice(SAMPLES)[:150]}"


EDITS: tuple[Callable[[str, random.Random], str], ...] = (
    _words_changed, _hashtags_moved, _cut, _ending_added,
)  # fmt: skip


@pytest.fixture(scope="module")
def vectors() -> Callable[[Sequence[str]], list[PostVector]]:
    """Gives the vectors of texts."""
    analyses = LoadedAnalyses(("keywords",))

    def of(texts: Sequence[str]) -> list[PostVector]:
        sections = analyses.analyze([Document.read(text) for text in texts])
        return [PostVector.of(each["keywords"].vector) for each in sections]

    return of


def test_edited_copies_are_near_duplicates_and_other_posts_are_not(
    vectors: Callable[[Sequence[str]], list[PostVector]],
) -> None:
    originals = dict(zip(SAMPLES, vectors(SAMPLES), strict=True))
    rng = random.Random(5)
    for edit in EDITS:
        copies = [edit(text, rng) for text in LONG]
        pairs = zip(LONG, copies, vectors(copies), strict=True)
        missed = [
            copy
            for text, copy, vector in pairs
            if not _near_duplicates(text, originals[text], copy, vector)
        ]
        assert len(missed) <= 0.03 * len(LONG), (edit.__name__, missed)
    pairs_of_posts = combinations(originals.items(), 2)
    wrong = [(a[0], b[0]) for a, b in pairs_of_posts if _near_duplicates(*a, *b)]
    assert wrong == []


def test_the_nearest_of_a_post_is_its_translation(
    vectors: Callable[[Sequence[str]], list[PostVector]],
) -> None:
    groups = [tuple(row.values()) for row in read_json_lines(TRANSLATED)]
    texts = [text for group in groups for text in group] + SAMPLES
    matrix = _unit(vectors(texts))
    similarities = matrix @ matrix.T
    np.fill_diagonal(similarities, -1)
    group_of = [number for number, group in enumerate(groups) for _ in group]
    nearest = similarities[: len(group_of)].argmax(axis=1)
    hits = [n < len(group_of) and group_of[n] == group_of[i] for i, n in enumerate(nearest)]
    assert np.mean(hits) >= 0.9
    apart = [similarities[i, j] for i, j in _pairs(group_of)]
    assert min(apart) > np.median(similarities) + 0.2


def _near_duplicates(text: str, one: PostVector, copy: str, other: PostVector) -> bool:
    [similarity] = one.similarities(other.components)
    shared = shared_words(text, copy)
    return bool(similarity >= LEAST_SIMILARITY and shared >= LEAST_SHARED_WORDS)


def _unit(vectors: Sequence[PostVector]) -> np.ndarray:
    matrix = np.stack([np.frombuffer(each.components, np.int8) for each in vectors]).astype(float)
    unit: np.ndarray = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return unit


def _pairs(group_of: Sequence[int]) -> Iterator[tuple[int, int]]:
    return ((i, j) for i, j in permutations(range(len(group_of)), 2) if group_of[i] == group_of[j])
