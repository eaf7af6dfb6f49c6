"""Candidate key phrases of a post: runs of content words, and the shorter runs within them.

Pure text: knows stop words and plurals, no model and no score.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from deployments.results import Span
from deployments.text.document import Document

#: Words in the longest candidate: 97% of the key phrases that people gave to Inspec's
#: abstracts (Hulth 2003) have no more.
MOST_WORDS = 4

#: Words that no key phrase holds; a part of what an answer depends on.
STOP_WORDS_FILE = Path(__file__).parents[1] / "models" / "keywords" / "stop_words.txt"

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A candidate and where it stands.

    Attributes:
        key: its words folded: lower case, singular, hyphens opened. Equal keys, equal phrase.
        spans: its occurrences, in order.
        whole: in how many of them it is all of its run of content words.
    """

    key: Key
    spans: tuple[Span, ...]
    whole: int


def phrases(document: Document) -> list[Phrase]:
    """Every candidate, in the order of first occurrence."""
    spans: dict[Key, list[Span]] = {}
    whole: dict[Key, int] = {}
    for run in _runs(document):
        for first, last in _stretches(len(run)):
            span = Span(run[first].start, run[last].end)
            key = fold(document.plain[span.start : span.end])
            spans.setdefault(key, []).append(span)
            whole[key] = whole.get(key, 0) + (last - first + 1 == len(run))
    return [Phrase(key, tuple(found), whole[key]) for key, found in spans.items()]


def _stretches(length: int) -> Iterator[tuple[int, int]]:
    for first in range(length):
        for last in range(first, min(length, first + MOST_WORDS)):
            yield first, last


def _runs(document: Document) -> Iterator[list[Span]]:
    """Neighbouring content words of one sentence, with nothing but white space between."""
    words = sorted((*document.words, *_inline_hashtags(document)), key=_start)
    for sentence in document.sentences:
        first = bisect_left(words, sentence.start, key=_start)
        last = bisect_left(words, sentence.end, key=_start)
        run: list[Span] = []
        for word in words[first:last]:
            content = is_content(document.plain[word.start : word.end])
            if run and not (content and _adjoin(document.plain, run[-1], word)):
                yield run
                run = []
            run += [word] * content
        if run:
            yield run


def _start(span: Span) -> int:
    return span.start


def _adjoin(plain: str, left: Span, right: Span) -> bool:
    return not plain[left.end : right.start].strip(" \t\u00a0\n#＃")


def _inline_hashtags(document: Document) -> Iterator[Span]:
    """The words of hashtags that stand alone among prose; two in a row are a wall of tags."""
    tags = document.signals.hashtags
    gaps = [bool(document.plain[a.end : b.start].strip(" ,|·•")) for a, b in pairwise(tags)]
    alone = [before and after for before, after in zip([True, *gaps], [*gaps, True], strict=True)]
    return (Span(tag.start + 1, tag.end) for tag, lone in zip(tags, alone, strict=False) if lone)


def is_content(word: str) -> bool:
    """Whether a key phrase may hold the word: no stop word, adverb, number or lone letter."""
    low = word.lower().replace("’", "'")
    known = low in stop_words() or low.removesuffix("'s") in stop_words()
    if len(word) < 2 or known or low.endswith("ly"):
        return False
    return word.isalpha() or any(c.isalpha() for c in word)


def fold(surface: str) -> Key:
    """The words of a phrase without case, plural, possessive and hyphens."""
    opened = surface.lower().replace("’", "'").replace("-", " ").replace("‑", " ")
    return tuple(_singular(word.removesuffix("'s")) for word in opened.split())


def _singular(word: str) -> str:
    """The regular English plurals; "business", "analysis" and "status" are none."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("zzes"):
        return word[:-3]
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]


def alike(left: Key, right: Key) -> bool:
    """Whether both name one thing: one ends with the other ("AI model", "open AI model")."""
    size = min(len(left), len(right))
    return left[-size:] == right[-size:]


@cache
def stop_words() -> frozenset[str]:
    """The words of ``models/keywords/stop_words.txt``."""
    lines = STOP_WORDS_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
