"""Lists of words: in files beside the models, and written out in code."""

from pathlib import Path


def read_word_list(path: Path) -> list[str]:
    """The lines of a UTF-8 file, less empty ones and those that begin with ``#`` (comments)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def word_set(words: str) -> frozenset[str]:
    """The words of a string, which white space parts."""
    return frozenset(words.split())


def phrase_set(phrases: str) -> frozenset[str]:
    """The phrases of a string, which commas part."""
    return frozenset(phrase.strip() for phrase in phrases.split(","))
