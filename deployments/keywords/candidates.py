"""Candidate key phrases of a post: runs of content words, and the shorter runs within them.

Pure text: knows words and names, no model and no score.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, zip_longest

from deployments.keywords.names import NameFinder
from deployments.keywords.words import (
    PhraseKey,
    is_content_word,
    is_finite_verb,
    normalize_phrase,
)
from deployments.results import Signal, Span
from deployments.text.document import Document
from deployments.text.markup import JOINER
from deployments.text.possessive import without_possessive
from deployments.word_list import word_set

#: Words in the longest candidate, a name of more aside: 97% of the key phrases that people gave
#: to Inspec's abstracts (Hulth 2003) have no more.
MOST_WORDS = 4


# What begins the object of a verb, but follows no noun: "Acme partners the", "Acme trusts its".
_DETERMINERS = word_set("a all an another any each every her his its my no our some their the your")


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


@dataclass(frozen=True, slots=True)
class _Part:
    """A word of a sentence, or a name of several, which stay together."""

    span: Span
    words: int
    surface: str

    @property
    def is_content(self) -> bool:
        """Whether a phrase may hold it."""
        return any(map(is_content_word, self.surface.split()))


def extract_candidates(document: Document) -> list[Candidate]:
    """Every candidate, in the order of first occurrence."""
    spans: dict[PhraseKey, list[Span]] = {}
    whole: dict[PhraseKey, int] = {}
    for run in _runs(document):
        for parts in _subruns(run):
            start = parts[0].span.start
            phrase = without_possessive(document.plain[start : parts[-1].span.end])
            key = normalize_phrase(phrase.replace(JOINER, ""))
            spans.setdefault(key, []).append(Span(start, start + len(phrase)))
            whole[key] = whole.get(key, 0) + (len(parts) == len(run))
    return [Candidate(key, tuple(places), whole[key]) for key, places in spans.items()]


def _subruns(run: Sequence[_Part]) -> Iterator[Sequence[_Part]]:
    """Every part, and every run of parts of at most MOST_WORDS words."""
    for first in range(len(run)):
        yield run[first : first + 1]
        for last in range(first + 1, min(len(run), first + MOST_WORDS)):
            parts = run[first : last + 1]
            if sum(part.words for part in parts) > MOST_WORDS:
                break
            yield parts


def _runs(document: Document) -> Iterator[list[_Part]]:
    """Neighbouring content words and names of one sentence, with nothing but blanks between."""
    for sentence in _sentences(document):
        run: list[_Part] = []
        parts = list(_parts(document.plain, sentence))
        for part, following in zip_longest(parts, parts[1:]):
            follows = bool(run) and _adjoin(document.plain, run[-1].span, part.span)
            is_verb = follows and _is_verb_of(run[-1], part, following)
            is_content = part.is_content and not is_verb
            if run and not (is_content and follows and not _owns(run[-1], part)):
                yield run
                run = []
            run += [part] * is_content
        if run:
            yield run


def _sentences(document: Document) -> Iterator[list[Span]]:
    """The words of each sentence."""
    words = sorted((*document.words, *_inline_hashtags(document)), key=_start)
    for sentence in document.sentences:
        first = bisect_left(words, sentence.start, key=_start)
        last = bisect_left(words, sentence.end, key=_start)
        yield words[first:last]


def _parts(plain: str, words: Sequence[Span]) -> Iterator[_Part]:
    """The words of a sentence, those of a name together."""
    surfaces = [plain[word.start : word.end].replace(JOINER, "") for word in words]
    gaps = [_gap(plain, left, right) for left, right in pairwise(words)]
    remaining = iter(words)
    for length in NameFinder(surfaces, [*gaps, "."]).lengths():
        first, *others = islice(remaining, length)
        span = Span(first.start, others[-1].end if others else first.end)
        surface = plain[span.start : span.end].replace(JOINER, "")
        yield _Part(span, length, surface)


def _is_verb_of(left: _Part, right: _Part, following: _Part | None) -> bool:
    """Whether the right word is a finite verb whose subject is a name: "Acme pays"."""
    if not left.surface[:1].isupper():
        return False
    has_object = following is not None and following.surface in _DETERMINERS
    return is_finite_verb(right.surface) or (right.surface.endswith("s") and has_object)


def _owns(left: _Part, right: _Part) -> bool:
    """Whether the left is a name and what is its own follows: "Acme's revenue" is two phrases."""
    is_name = left.surface[:1].isupper() and not right.surface[:1].isupper()
    return is_name and without_possessive(left.surface) != left.surface


def _start(span: Span) -> int:
    return span.start


def _gap(plain: str, left: Span, right: Span) -> str:
    """What stands between two words, less blanks."""
    return plain[left.end : right.start].strip(f" \t\u00a0{JOINER}")


def _adjoin(plain: str, left: Span, right: Span) -> bool:
    return not _gap(plain, left, right)


def _inline_hashtags(document: Document) -> Iterator[Span]:
    """The words of hashtags that stand alone among prose; two in a row are a wall of tags."""
    tags = document.signals.hashtags
    gaps = [bool(document.plain[a.end : b.start].strip(" ,|·•")) for a, b in pairwise(tags)]
    alone = [before and after for before, after in zip([True, *gaps], [*gaps, True], strict=True)]
    return (
        _without_sign(document.plain, tag) for tag, lone in zip(tags, alone, strict=False) if lone
    )


def _without_sign(plain: str, tag: Signal) -> Span:
    """Where a hashtag's word stands; there may be markup between it and its sign."""
    word = plain[tag.start + 1 : tag.end].lstrip(JOINER)
    return Span(tag.end - len(word), tag.end)
