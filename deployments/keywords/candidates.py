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
from deployments.text.word_list import read_word_list

#: Words in the longest candidate: 97% of the key phrases that people gave to Inspec's
#: abstracts (Hulth 2003) have no more.
MOST_WORDS = 4

#: Words that no key phrase holds; a part of what an answer depends on.
STOP_WORDS_FILE = Path(__file__).parents[1] / "models" / "keywords" / "stop_words.txt"

#: The normalized words of a phrase: equal keys, equal phrase.
PhraseKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate key phrase and where it stands.

    Attributes:
        key: its words normalized: lower case, singular, hyphens opened.
        spans: its occurrences, in order.
        whole: in how many of them it is all of its run of content words.
    """

    key: PhraseKey
    spans: tuple[Span, ...]
    whole: int


def extract_candidates(document: Document) -> list[Candidate]:
    """Every candidate, in the order of first occurrence."""
    spans: dict[PhraseKey, list[Span]] = {}
    whole: dict[PhraseKey, int] = {}
    for run in _runs(document):
        for first, last in _subruns(len(run)):
            span = Span(run[first].start, run[last].end)
            key = normalize_phrase(document.plain[span.start : span.end])
            spans.setdefault(key, []).append(span)
            whole[key] = whole.get(key, 0) + (last - first + 1 == len(run))
    return [Candidate(key, tuple(places), whole[key]) for key, places in spans.items()]


def _subruns(length: int) -> Iterator[tuple[int, int]]:
    """First and last word of every run of at most MOST_WORDS within one of ``length`` words."""
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
            is_content = is_content_word(document.plain[word.start : word.end])
            if run and not (is_content and _adjoin(document.plain, run[-1], word)):
                yield run
                run = []
            run += [word] * is_content
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


def is_content_word(word: str) -> bool:
    """Whether a key phrase may hold the word: no stop word, adverb, number or lone letter."""
    low = word.lower().replace("’", "'")
    is_stop_word = low in stop_words() or low.removesuffix("'s") in stop_words()
    if len(word) < 2 or is_stop_word or low.endswith("ly"):
        return False
    return word.isalpha() or any(c.isalpha() for c in word)


def normalize_phrase(surface: str) -> PhraseKey:
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


def near_duplicates(left: PhraseKey, right: PhraseKey) -> bool:
    """Whether both name one thing: one ends with the other ("AI model", "open AI model")."""
    size = min(len(left), len(right))
    return left[-size:] == right[-size:]


@cache
def stop_words() -> frozenset[str]:
    """The words of ``models/keywords/stop_words.txt``."""
    return frozenset(read_word_list(STOP_WORDS_FILE))
