"""A language's words as a part of a pattern for ``regex.VERBOSE | regex.V1``."""

from collections.abc import Iterable

import regex

_NEVER = "(?!)"


def any_case(words: Iterable[str]) -> str:
    """Any of these words or signs in any case, whatever follows; what never matches for none."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    spellings = (_spelling(word) for word in longest_first)
    return rf"(?i: {' | '.join(spellings)} )" if longest_first else _NEVER


def any_of(words: Iterable[str]) -> str:
    """Any of these words or phrases in any case, and no letter behind it."""
    return rf"(?: {any_case(words)} (?!\w) )"


def as_written(words: Iterable[str], *, capital: bool = True) -> str:
    """Any of these words in capitals, or with a capital letter, or with a small one only."""
    spellings = [word.capitalize() if capital else word for word in words]
    spellings += [word.upper() for word in words]
    return rf"(?: (?: {' | '.join(map(_spelling, sorted(spellings)))} ) (?!\w) )"


def optional(words: Iterable[str]) -> str:
    """Any of these words behind a blank, or nothing."""
    return rf"(?: \s {any_of(words)} )?"


def _spelling(word: str) -> str:
    parts = (regex.escape(part).replace("'", "['’]") for part in word.split())
    return r"\s".join(parts)
