"""How many syllables a word has by its spelling, in languages other than English.

The languages' rules are data (:mod:`deployments.readability.languages`): what is silent, what
is respelt, which vowels make one syllable, and the few words that no rule tells. It knows
single words only. Every pattern is a choice of fixed strings with bounded surroundings, so a
word of any length takes time in proportion to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import regex

from deployments.readability.number_words import NumberWords
from deployments.readability.word_frequency import zipf_in
from deployments.word_list import word_set

_PIECE = regex.compile(r"\p{Lu}?[\p{Ll}\p{M}]+|\p{Lu}+(?!\p{Ll})|\p{L}|\d[\d.,]*")
# Capitals of so few letters are said one by one.
_LONGEST_ACRONYM = 3
# Unless they make a word as common as this (Zipf value): "NEU", "UND" in a post in capitals.
_COMMON = 5.3

# Names of the trade, said alike everywhere.
_NAMES = {
    "linkedin": 3, "google": 2, "youtube": 2, "facebook": 2, "whatsapp": 2, "apple": 2,
    "iphone": 2, "microsoft": 3, "github": 2, "chatgpt": 4, "openai": 4, "paypal": 2,
    "spotify": 3, "kubernetes": 4, "python": 2, "excel": 2, "powerpoint": 3, "deloitte": 2,
}  # fmt: skip
# Spelt out in every language, though the words are common in some.
_SPELT_OUT = word_set("EU US USA UK UE IT TV PR HR AI KI IA PC CV AG CEO CFO CTO B2B SQL SEO")


@dataclass(frozen=True, eq=False)  # hashed by identity
class SyllableRules:
    """How a language is spelt.

    Attributes:
        language: its ISO 639-1 code.
        nucleus: pattern of the vowels of one syllable, in lower-case letters.
        numbers: the words for numbers.
        respelt: patterns and what is read in their place, in this order: silent letters, a
            hiatus parted by a dot, loans.
        words: syllables of whole words that the rules do not tell.
        letters: syllables of the names of letters, where they are not one.
    """

    language: str
    nucleus: str
    numbers: NumberWords
    respelt: tuple[tuple[str, str], ...] = ()
    words: Mapping[str, int] = field(default_factory=dict)
    letters: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def _respelt(self) -> list[tuple[regex.Pattern[str], str]]:
        return [(regex.compile(pattern), reading) for pattern, reading in self.respelt]

    @cached_property
    def _nucleus(self) -> regex.Pattern[str]:
        return regex.compile(self.nucleus)

    def syllables(self, word: str) -> int:
        """Of a word as written, at least 1; hyphens, apostrophes and figures are read through."""
        word = word.replace("’", "'")
        known = self._whole(word.lower())
        if known is not None and word not in _SPELT_OUT:
            return known
        return max(1, sum(map(self._piece, _PIECE.findall(word))))

    def _whole(self, low: str) -> int | None:
        return self.words.get(low) or _NAMES.get(low)

    def _piece(self, piece: str) -> int:
        if piece[0].isdigit():
            return self.numbers.read(piece.rstrip(".,"))
        if self._is_spelt_out(piece):
            return sum(self.letters.get(letter, 1) for letter in piece.lower())
        return self.by_rule(piece.lower())

    def _is_spelt_out(self, piece: str) -> bool:
        if not piece.isupper() or len(piece) == 1:
            return False
        low = piece.lower()
        is_word = zipf_in(self.language, low) >= _COMMON
        is_short = len(piece) <= _LONGEST_ACRONYM and not is_word
        return piece in _SPELT_OUT or is_short or not self._nucleus.search(low)

    def by_rule(self, word: str) -> int:
        """Syllables of a lower-case word, 0 for one without a vowel."""
        known = self._whole(word)
        if known is not None:
            return known
        for pattern, reading in self._respelt:
            word = pattern.sub(reading, word)
        return len(self._nucleus.findall(word))
