"""Names of several words, which no key phrase cuts: "Bank of England", "Cape Town".

Pure text, by capitals and the small words within names: knows no model and no list of names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deployments.keywords.words import finite_verbs, is_content_word
from deployments.word_list import word_set

#: Words of the longest name that is kept whole.
MOST_WORDS = 6

# Heads of institutions, offices and works, as they stand before "of" and "for": these alone are
# taken for the beginning of a name where any word has a capital.
_HEADS = word_set(
    "academy agency art association bank battle bay bishop board body bureau cape center centre "
    "chamber chancellor chief church city college commission committee company confederation "
    "congress council court dean department director duke faculty federation foundation fund game "
    "group gulf hall head house institute institution isle journal king kingdom league legion lord "
    "mayor minister ministry museum office order organisation organization palace parliament party "
    "port president prince queen republic school secretary senate society state states statue "
    "supreme theatre tower treasury union university vice war"
)
# No part of a name even with a capital, unless a name has them as small words.
_FUNCTION_WORDS = word_set(
    "a about after all also am an and any are as at be been before but by can could did do does "
    "for from had has have he her here his how i if in into is it its may me might more most must "
    "my no nor not of on or our over shall she should since so than that the their them then "
    "there these they this those to under until us was we were what when where which while who "
    "whom whose why will with without would yes yet you your"
)
_PARTICLES = word_set("bin da dal de del della den der des di du la las le los van von")


@dataclass(frozen=True, slots=True)
class NameFinder:
    """The names of one sentence.

    Attributes:
        words: of the sentence, n.
        gaps: what stands behind each of them, without white space, n.
    """

    words: Sequence[str]
    gaps: Sequence[str]

    def lengths(self) -> Iterator[int]:
        """How many words each part of the sentence has, in order: one, or a name's."""
        is_headline = _is_headline(self.words)
        first = 0
        while first < len(self.words):
            last, is_linked = self._end_of_name(first, is_headline=is_headline)
            length = last - first + 1
            is_name = length <= MOST_WORDS and (is_linked or not is_headline)
            yield from (length,) if is_name else [1] * length
            first = last + 1

    def _end_of_name(self, first: int, *, is_headline: bool) -> tuple[int, bool]:
        """The last word of the name that begins here, and whether a small word is in it."""
        last, is_linked = first, False
        if not self._may_begin(first, any_capital=first == 0 or is_headline):
            return last, is_linked
        while (following := self._next_part(last)) is not None:
            is_linked |= following > last + 1 or self.gaps[last] == "&"
            last = following
        return last, is_linked

    def _may_begin(self, first: int, *, any_capital: bool) -> bool:
        """Whether the word is one of a name; where any word has a capital, this tells little."""
        word = self.words[first]
        if not is_capitalized(word) or not any_capital:
            return is_capitalized(word)
        return (
            word.lower() in _HEADS
            or self.gaps[first] == "&"
            or (self._word(first + 1) in _PARTICLES and not self.gaps[first])
            or (first == 0 and is_content_word(word) and self._leads_to_head())
        )

    def _leads_to_head(self) -> bool:
        """Whether capitals alone go from the sentence's first word to a head: "Royal Bank of"."""
        last = 0
        while last < MOST_WORDS and not self.gaps[last] and is_capitalized(self._word(last + 1)):
            last += 1
        return self.words[last].lower() in _HEADS and self._links(last)

    def _next_part(self, last: int) -> int | None:
        """The next word with a capital of a name that has got to ``last``."""
        if self.gaps[last] == "&":
            return self._capitalized(last + 1)
        following = last + 1
        if self._links(last):
            following += 2 if self._word(following + 1) == "the" else 1
        elif self._word(following) in _PARTICLES:
            following += 2 if self._word(following + 1) in _PARTICLES else 1
        if any(self.gaps[last:following]):
            return None
        return self._capitalized(following)

    def _links(self, last: int) -> bool:
        """Whether a small word joins what follows to the name; "CEO of Acme" has two names."""
        word = self.words[last]
        small = self._word(last + 1)
        return (small == "of" and not word.isupper()) or (small == "for" and word.lower() in _HEADS)

    def _word(self, number: int) -> str:
        return self.words[number] if number < len(self.words) else ""

    def _capitalized(self, number: int) -> int | None:
        return number if is_capitalized(self._word(number)) else None


def is_capitalized(word: str) -> bool:
    """Whether a name may hold it: it has a capital, and is no small word and no headline's verb."""
    low = word.lower()
    return (
        len(word) > 1
        and word[0].isupper()
        and not (low in _FUNCTION_WORDS or low.endswith("ly") or low in finite_verbs())
    )


def _is_headline(words: Sequence[str]) -> bool:
    """Whether all words but the small ones have a capital."""
    return all(
        not word.islower() or word in _FUNCTION_WORDS or word in _PARTICLES for word in words
    )
