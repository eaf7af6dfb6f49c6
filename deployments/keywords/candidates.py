"""Candidate key phrases of a post: runs of content words, and the shorter runs within them.

Pure text: knows words and names, no model and no score.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest
from typing import NamedTuple

from deployments.keywords.names import NameFinder
from deployments.keywords.stems import PhraseKey
from deployments.keywords.words import (
    elision_length,
    is_content_word,
    is_finite_verb,
    normalize_phrase,
    reads_as_english,
)
from deployments.languages.loading import rules_of
from deployments.languages.rules import Words
from deployments.results import Signal, Span
from deployments.text.document import Document
from deployments.text.markup import JOINER
from deployments.text.possessive import without_possessive
from deployments.word_list import word_set

#: Words in the longest candidate, a name of more aside: 97% of the key phrases that people gave
#: to Inspec's abstracts (Hulth 2003) have no more.
MOST_WORDS = 4


_BLANKS = f" \t\u00a0{JOINER}"
# What begins the object of a verb, but follows no noun: "Acme partners the", "Acme trusts its".
_DETERMINERS = word_set("a all an another any each every her his its my no our some their the your")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate key phrase and where it stands.

    Attributes:
        key: its words normalized: see :func:`normalize_phrase`.
        spans: its occurrences, in order.
        whole: in how many of them it is all of its run of content words.
        code: the language of its first occurrence.
    """

    key: PhraseKey
    spans: tuple[Span, ...]
    whole: int
    code: str = "en"


class _Part(NamedTuple):
    """A word of a sentence, or a name of several, which stay together.

    Attributes:
        span: where it stands.
        words: how many it is.
        surface: as it is read.
        is_content: whether a phrase may hold it; otherwise it may join what a phrase holds.
    """

    span: Span
    words: int
    surface: str
    is_content: bool


def extract_candidates(document: Document) -> list[Candidate]:
    """Every candidate, in the order of first occurrence in each of the post's languages."""
    candidates: dict[str, Candidate] = {}
    for view in document.by_language():
        for each in _candidates(view):
            # What is written alike in two languages, a name above all, is one.
            surface = document.plain[each.spans[0].start : each.spans[0].end].lower()
            other = candidates.get(surface)
            candidates[surface] = each if other is None else _merged(other, each)
    return list(candidates.values())


def _merged(first: Candidate, second: Candidate) -> Candidate:
    spans = sorted((*first.spans, *second.spans), key=_start)
    return replace(first, spans=tuple(spans), whole=first.whole + second.whole)


def _candidates(document: Document) -> list[Candidate]:
    """Those of a document in one language."""
    code = document.languages[0].code
    is_english = reads_as_english(code)
    spans: dict[PhraseKey, list[Span]] = {}
    whole: dict[PhraseKey, int] = {}
    for run in _runs(document, code):
        for parts, is_whole in _subruns(run, code):
            start = parts[0].span.start
            phrase = document.plain[start : parts[-1].span.end]
            if is_english:
                phrase = without_possessive(phrase)
            key = normalize_phrase(phrase.replace(JOINER, ""), code)
            spans.setdefault(key, []).append(Span(start, start + len(phrase)))
            whole[key] = whole.get(key, 0) + is_whole
    return [Candidate(key, tuple(places), whole[key], code) for key, places in spans.items()]


def _subruns(run: Sequence[_Part], code: str) -> Iterator[tuple[Sequence[_Part], bool]]:
    """Every part, and every run of at most MOST_WORDS words, from content to content.

    With each whether it is all of its run of content.
    """
    capital_nouns = rules_of(code).phrases.capital_nouns
    for first, part in enumerate(run):
        words = 0
        for last in range(first, min(len(run), first + MOST_WORDS)):
            words += run[last].words
            if not part.is_content or (words > MOST_WORDS and last > first):
                break
            if run[last].is_content and not (capital_nouns and run[last].surface.islower()):
                yield run[first : last + 1], _is_whole(run, first, last)


def _is_whole(run: Sequence[_Part], first: int, last: int) -> bool:
    """Whether no content goes on beside these parts of a run."""
    is_open = (first > 0 and run[first - 1].is_content) or (
        last + 1 < len(run) and run[last + 1].is_content
    )
    return not is_open


def _runs(document: Document, code: str) -> Iterator[list[_Part]]:
    """Neighbouring content words and names of one sentence, with nothing but blanks between.

    In some languages small words may join them ("director de operaciones").
    """
    inner_words, is_english = rules_of(code).phrases.inner_words, reads_as_english(code)
    for sentence in _sentences(document, code):
        run: list[_Part] = []
        parts = list(_parts(document.plain, sentence, code))
        for part, following in zip_longest(parts, parts[1:]):
            follows = bool(run) and _adjoin(document.plain, run[-1].span, part.span)
            if is_english:
                joins = part.is_content and not (follows and _is_verb_of(run[-1], part, following))
            else:
                joins = part.is_content or (follows and _is_among(part, inner_words))
            if run and not (joins and follows and not _owns(run[-1], part)):
                yield run
                run = []
            if joins and (run or part.is_content):
                run.append(part)
        if run:
            yield run


def _is_among(part: _Part, words: Words) -> bool:
    return part.surface.lower().replace("’", "'") in words


def _sentences(document: Document, code: str) -> Iterator[list[Span]]:
    """The words of each sentence."""
    words = sorted((*document.words, *_inline_hashtags(document)), key=_start)
    if rules_of(code).phrases.elisions:
        words = [part for word in words for part in _without_elision(document.plain, word, code)]
    for sentence in document.sentences:
        first = bisect_left(words, sentence.start, key=_start)
        last = bisect_left(words, sentence.end, key=_start)
        yield words[first:last]


def _without_elision(plain: str, word: Span, code: str) -> Iterator[Span]:
    """The word, or the two that are written as one: "l'" and "entreprise"."""
    length = elision_length(plain[word.start : word.end], code)
    if length:
        yield Span(word.start, word.start + length)
    yield Span(word.start + length, word.end)


def _parts(plain: str, words: Sequence[Span], code: str) -> Iterator[_Part]:
    """The words of a sentence, those of a name together."""
    surfaces = [plain[word.start : word.end].replace(JOINER, "") for word in words]
    gaps = [_gap(plain, left, right) for left, right in pairwise(words)]
    first = 0
    for length in NameFinder(surfaces, [*gaps, "."], code).lengths():
        if length == 1:
            surface = surfaces[first]
            yield _Part(words[first], 1, surface, is_content_word(surface, code))
        else:
            span = Span(words[first].start, words[first + length - 1].end)
            surface = plain[span.start : span.end].replace(JOINER, "")
            own = surfaces[first : first + length]
            yield _Part(span, length, surface, any(is_content_word(word, code) for word in own))
        first += length


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
    gap = plain[left.end : right.start]
    return "" if gap == " " else gap.strip(_BLANKS)


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
