"""Names of several words, which no key phrase cuts: "Bank of England", "Cape Town".

Pure text, by capitals and the small words within names: knows no model and no list of names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from deployments.keywords.words import finite_verbs, is_content_word, reads_as_english
from deployments.languages.loading import rules_of
from deployments.languages.rules import PhraseRules, Words

#: Words of the longest name that is kept whole.
MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class NameFinder:
    """The names of one sentence.

    Attributes:
        words: of the sentence, n.
        gaps: what stands behind each of them, without white space, n.
        code: the sentence's language.
    """

    words: Sequence[str]
    gaps: Sequence[str]
    code: str = "en"

    @property
    def _rules(self) -> PhraseRules:
        return rules_of(self.code).phrases

    def lengths(self) -> Iterator[int]:
        """How many words each part of the sentence has, in order: one, or a name's."""
        is_headline = self._is_headline()
        first = 0
        while first < len(self.words):
            if not self.words[first][:1].isupper():  # nine words of ten: no name begins here
                yield 1
                first += 1
                continue
            last, is_linked = self._end_of_name(first, is_headline=is_headline)
            length = last - first + 1
            is_name = length <= MOST_WORDS and (is_linked or not is_headline)
            yield from (length,) if is_name else [1] * length
            first = last + 1

    def _end_of_name(self, first: int, *, is_headline: bool) -> tuple[int, bool]:
        """The last word of the name that begins here, and whether a small word is in it."""
        last, is_linked = first, False
        any_capital = is_headline or (first == 0 and not self._opens_with_name())
        if not self._may_begin(first, any_capital=any_capital):
            return last, is_linked
        while (following := self._next_part(last)) is not None:
            is_linked |= following > last + 1 or self.gaps[last] == "&"
            last = following
        return last, is_linked

    def _is_headline(self) -> bool:
        """Whether all words but the small ones have a capital, as in titles in English alone."""
        if not reads_as_english(self.code):
            return False
        rules = self._rules
        small_words = rules.function_words | rules.particles
        return all(not word.islower() or word in small_words for word in self.words)

    def _opens_with_name(self) -> bool:
        """Whether the sentence's first word would have its capital anywhere, if the next has one.

        Where every noun has one, this is told by a line of capitals alone.
        """
        if reads_as_english(self.code) or not is_content_word(self.words[0].lower(), self.code):
            return False
        return not self._rules.capital_nouns or not any(map(str.islower, self.words))

    def _may_begin(self, first: int, *, any_capital: bool) -> bool:
        """Whether the word is one of a name; where any word has a capital, this tells little."""
        word = self.words[first]
        if not self._is_capitalized(first) or not any_capital:
            return self._is_capitalized(first)
        return (
            word.lower() in self._rules.heads
            or self.gaps[first] == "&"
            or (self._word(first + 1) in self._rules.particles and not self.gaps[first])
            or (first == 0 and is_content_word(word, self.code) and self._leads_to_head())
        )

    def _leads_to_head(self) -> bool:
        """Whether capitals alone go from the sentence's first word to a head: "Royal Bank of"."""
        last = 0
        while last < MOST_WORDS and not self.gaps[last] and self._is_capitalized(last + 1):
            last += 1
        return self.words[last].lower() in self._rules.heads and self._links(last)

    def _next_part(self, last: int) -> int | None:
        """The next word with a capital of a name that has got to ``last``."""
        if self.gaps[last] == "&":
            return self._capitalized(last + 1)
        following = last + 1
        if self._links(last):
            following += 2 if self._word(following + 1) in self._rules.articles else 1
        elif self._word(following) in self._rules.particles:
            following += 2 if self._word(following + 1) in self._rules.particles else 1
        if any(self.gaps[last:following]):
            return None
        return self._capitalized(following)

    def _links(self, last: int) -> bool:
        """Whether a small word joins what follows to the name; "CEO of Acme" has two names."""
        word, small, rules = self.words[last], self._word(last + 1), self._rules
        is_plain = small in rules.plain_links and not word.isupper()
        return is_plain or (small in rules.head_links and word.lower() in rules.heads)

    def _word(self, number: int) -> str:
        return self.words[number] if number < len(self.words) else ""

    def _capitalized(self, number: int) -> int | None:
        return number if self._is_capitalized(number) else None

    def _is_capitalized(self, number: int) -> bool:
        word = self._word(number)
        if not word[:1].isupper():
            return False
        return is_capitalized(word, self.code) or self._is_capital_small_word(number)

    def _is_capital_small_word(self, number: int) -> bool:
        """Whether a small word has its capital from the name that it is in: "Robert Le Goff".

        English titles have them anywhere, and so has German politeness ("Ihr", "Sie").
        """
        if number == 0 or reads_as_english(self.code) or self._rules.capital_nouns:
            return False
        word, before = self._word(number), self._word(number - 1)
        if len(word) < 2 or not word.istitle():
            return False
        neighbours = (before, self._word(number + 1))
        is_beside_name = any(is_capitalized(neighbour, self.code) for neighbour in neighbours)
        return is_beside_name or before in self._rules.particles


@lru_cache(maxsize=20_000)
def is_capitalized(word: str, code: str = "en") -> bool:
    """Whether a name may hold it: it has a capital, and is no small word and no headline's verb."""
    if len(word) < 2 or not word[0].isupper():
        return False
    low = word.lower()
    if reads_as_english(code) and (low.endswith("ly") or low in finite_verbs()):
        return False
    return low not in _function_words(code) and low not in rules_of(code).phrases.no_content


def _function_words(code: str) -> Words:
    rules = rules_of(code)
    return rules.phrases.function_words or rules.stop_words
