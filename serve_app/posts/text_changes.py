"""What changed from one text to another, by words: equal, removed, added and replaced stretches.

Pure: knows texts alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import regex
from pydantic import Field

from deployments.results import Span
from serve_app.posts.common_subsequence import common_subsequence

#: Scripts that put no spaces between words: there each character counts by itself.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
_LETTER = rf"[\w--[{_UNSPACED}]]"
#: A word, with its sign if it is a hashtag or mention; else a character as readers see it.
_WORD = regex.compile(rf"(?V1)[#@]?{_LETTER}+(?:['’]{_LETTER}+)*|(?=\S)\X")
_STRETCH = regex.compile(r"\S+")
#: Texts of 20,000 characters have up to 10,000 words between spaces. Those with more tokens, mere
#: signs, are compared by what stands between spaces.
_MAX_COMPARISONS = 10_000**2

Kind = Literal["equal", "removed", "added", "replaced"]


@dataclass(frozen=True, slots=True)
class TextChange:
    """A stretch of two texts, and what becomes of it on the way from the first to the second."""

    kind: Kind
    old: Annotated[Span, Field(alias="from", description="In the first text.")]
    new: Annotated[Span, Field(alias="to", description="In the second text.")]


class _Token(NamedTuple):
    text: str
    start: int
    end: int


class _Difference(NamedTuple):
    """Stretches that differ.

    Attributes:
        removed, added: how many tokens they have.
        common: how many tokens both texts have between the difference before and this.
    """

    old: Span
    new: Span
    removed: int
    added: int
    common: int


def text_changes(old: str, new: str) -> list[TextChange]:
    """The stretches of both texts, in order and without gaps; no two neighbours are of one kind.

    Args:
        old, new: of up to 20,000 characters, which take up to some tens of milliseconds.
    """
    changes = []
    old_end = new_end = 0
    for difference in _joined(_differences(old, new)):
        removed, added = difference.old, difference.new
        if removed.start > old_end:
            equal = Span(old_end, removed.start), Span(new_end, added.start)
            changes.append(TextChange("equal", *equal))
        changes.append(TextChange(_kind(removed, added), removed, added))
        old_end, new_end = removed.end, added.end
    if old_end < len(old):
        changes.append(TextChange("equal", Span(old_end, len(old)), Span(new_end, len(new))))
    return changes


def count_words(text: str) -> int:
    """Its words as they are compared: those with a letter or digit."""
    return sum(any(map(str.isalnum, match[0])) for match in _WORD.finditer(text))


def _kind(removed: Span, added: Span) -> Kind:
    if removed.start == removed.end:
        return "added"
    return "removed" if added.start == added.end else "replaced"


def _differences(old: str, new: str) -> Iterator[_Difference]:
    """Whatever lies between the tokens that both texts have."""
    old_tokens, new_tokens = _comparable_tokens(old, new)
    places = common_subsequence([t.text for t in old_tokens], [t.text for t in new_tokens])
    old_tokens.append(_Token("", len(old), len(old)))
    new_tokens.append(_Token("", len(new), len(new)))
    i = j = -1  # the common tokens before
    old_end = new_end = common = 0
    for next_i, next_j in [*places, (len(old_tokens) - 1, len(new_tokens) - 1)]:
        removed = Span(old_end, old_tokens[next_i].start)
        added = Span(new_end, new_tokens[next_j].start)
        if old[removed.start : removed.end] != new[added.start : added.end]:
            spans = _without_common_spaces(old, new, removed, added)
            yield _Difference(*spans, next_i - i - 1, next_j - j - 1, common)
            common = 0
        common += 1
        i, j, old_end, new_end = next_i, next_j, old_tokens[next_i].end, new_tokens[next_j].end


def _comparable_tokens(old: str, new: str) -> tuple[list[_Token], list[_Token]]:
    tokens = _tokens(old, _WORD), _tokens(new, _WORD)
    if len(tokens[0]) * len(tokens[1]) <= _MAX_COMPARISONS:
        return tokens
    return _tokens(old, _STRETCH), _tokens(new, _STRETCH)


def _tokens(text: str, pattern: "regex.Pattern[str]") -> list[_Token]:
    return [_Token(match[0], match.start(), match.end()) for match in pattern.finditer(text)]


def _without_common_spaces(old: str, new: str, removed: Span, added: Span) -> tuple[Span, Span]:
    """Two stretches without the spaces with which both begin, and with which both end."""
    length = min(removed.end - removed.start, added.end - added.start)
    before = 0
    while before < length and _common_space(old, new, removed.start + before, added.start + before):
        before += 1
    after = 0
    while after < length - before and _common_space(
        old, new, removed.end - after - 1, added.end - after - 1
    ):
        after += 1
    return (
        Span(removed.start + before, removed.end - after),
        Span(added.start + before, added.end - after),
    )


def _common_space(old: str, new: str, i: int, j: int) -> bool:
    return old[i] == new[j] and old[i].isspace()


def _joined(differences: Iterable[_Difference]) -> list[_Difference]:
    """The differences, made one where two have little between them.

    Texts with nothing else in common share their small words; marked one by one, nobody could see
    what happened.
    """
    joined: list[_Difference] = []
    for difference in differences:
        joined.append(difference)
        while len(joined) > 1 and _is_little(joined[-2], joined[-1]):
            joined[-2:] = [_join(joined[-2], joined[-1])]
    return joined


def _is_little(first: _Difference, second: _Difference) -> bool:
    """Whether both differences have at least twice the tokens of what lies between them."""
    return 2 * second.common <= min(
        max(first.removed, first.added), max(second.removed, second.added)
    )


def _join(first: _Difference, second: _Difference) -> _Difference:
    return _Difference(
        Span(first.old.start, second.old.end),
        Span(first.new.start, second.new.end),
        first.removed + second.common + second.removed,
        first.added + second.common + second.added,
        first.common,
    )
