"""Reads a language's folder and refuses what is wrong in it.

A folder holds ``rules.toml``, whose tables and keys are the fields of
:mod:`deployments.languages.rules`, and ``stop_words.txt``, a word a line.
"""

import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from deployments.errors import InvalidLanguageRules
from deployments.languages.rules import (
    AmountRules,
    DateRules,
    DetectionRules,
    LanguageRules,
    NameRules,
    PhraseRules,
    PromotionRules,
    SentenceRules,
)
from deployments.word_list import read_word_list

T = TypeVar("T")

_FOLDER = Path(__file__).parent
#: Codes (ISO 639-1) of all languages that have a folder.
LANGUAGES = frozenset(path.parent.name for path in _FOLDER.glob("*/rules.toml"))
#: Whose rules a text of any other language is read by.
DEFAULT_LANGUAGE = "en"

# Abbreviations are written with their full stops.
_ABBREVIATIONS = frozenset({"abbreviations", "before_figures", "may_end", "hours"})
_ENDINGS = frozenset({"street_endings"})
_TABLES: dict[str, type] = {
    "sentences": SentenceRules,
    "phrases": PhraseRules,
    "names": NameRules,
    "promotion": PromotionRules,
    "dates": DateRules,
    "amounts": AmountRules,
    "detection": DetectionRules,
}


def rules_of(code: str) -> LanguageRules:
    """The rules of a language, English ones where it has no folder; read at the first call.

    Raises:
        InvalidLanguageRules: a file of the folder is missing, or something in it is wrong.
    """
    return _read_once(code if code in LANGUAGES else DEFAULT_LANGUAGE)


def language_files() -> tuple[Path, ...]:
    """The files of all languages' folders, in a fixed order."""
    names = ("rules.toml", "stop_words.txt")
    return tuple(_FOLDER / code / name for code in sorted(LANGUAGES) for name in names)


@cache
def neighbours() -> dict[str, DetectionRules]:
    """What tells the languages without a folder that a text of one with may be taken for.

    Raises:
        InvalidLanguageRules: ``neighbours.toml`` is missing, or something in it is wrong.
    """
    path = _FOLDER / "neighbours.toml"
    tables = _read(path, _read_toml)
    return {code: _table(DetectionRules, tables[code], f"{path}: [{code}] ") for code in tables}


@cache
def _read_once(code: str) -> LanguageRules:
    return read_rules(_FOLDER / code)


def read_rules(folder: Path) -> LanguageRules:
    """The rules in a folder, which is named by its language's code.

    Raises:
        InvalidLanguageRules: a file is missing, or something in it is wrong.
    """
    tables = dict(_read(folder / "rules.toml", _read_toml))
    tables["stop_words"] = _read(folder / "stop_words.txt", read_word_list)
    where = f"{folder}: "
    for key in tables.keys() & _TABLES.keys():
        tables[key] = _table(_TABLES[key], tables[key], f"{where}[{key}] ")
    return _table(LanguageRules, {"code": folder.name, **tables}, where)


def _read(path: Path, read: Callable[[Path], T]) -> T:
    try:
        return read(path)
    except (OSError, ValueError) as error:
        raise InvalidLanguageRules(f"{path} cannot be read: {error}") from error


def _read_toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _table(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """A dataclass from the keys of a table; ``where`` begins each message."""
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    required = {name for name, field in known.items() if field.default is MISSING}
    if missing := required - table.keys():
        raise InvalidLanguageRules(f"{where}lacks {', '.join(sorted(missing))}")
    if unknown := table.keys() - known.keys():
        raise InvalidLanguageRules(
            f"{where}has {', '.join(sorted(unknown))}; there may be {', '.join(known)}"
        )
    return kind(**{name: _value(known[name], table[name], where) for name in table})


def _value(field: Field[Any], value: Any, where: str) -> Any:
    """The value as the field holds it: a list of words becomes a set, all else stays."""
    where = f"{where}{field.name} "
    if field.type in (bool, str) or is_dataclass(value):
        return _checked_scalar(field, value, where)
    if not isinstance(value, list):
        raise InvalidLanguageRules(f"{where}is no list")
    _check_words(value, where)
    if field.name in _ABBREVIATIONS:
        return frozenset(_abbreviations(value, where))
    if field.name in _ENDINGS:
        return tuple(_abbreviations(value, where))
    return tuple(value) if field.type == tuple[str, ...] else frozenset(value)


def _checked_scalar(field: Field[Any], value: Any, where: str) -> Any:
    kind = field.type
    if isinstance(kind, type) and not is_dataclass(value) and not isinstance(value, kind):
        raise InvalidLanguageRules(f"{where}is {value!r}, which is no {kind.__name__}")
    return value


def _check_words(words: list[Any], where: str) -> None:
    if not words:
        raise InvalidLanguageRules(f"{where}is empty: give it a word, or leave the key out")
    for word in words:
        if not isinstance(word, str) or not word or word != " ".join(word.split()):
            raise InvalidLanguageRules(f"{where}has {word!r}, which is no word or phrase")
        if word != unicodedata.normalize("NFC", word).lower():
            raise InvalidLanguageRules(f"{where}has {word!r}: write it in small letters, as NFC")
    if twice := [word for word, times in Counter(words).items() if times > 1]:
        raise InvalidLanguageRules(f"{where}has {', '.join(twice)} twice")


def _abbreviations(words: list[str], where: str) -> Iterator[str]:
    """Each abbreviation less its last full stop, with its blanks and without, and its beginnings.

    A beginning of one letter is none: "z." of "z. B." may as well end a sentence.
    """
    for word in words:
        if not word.endswith("."):
            raise InvalidLanguageRules(
                f"{where}has {word!r}: an abbreviation ends with a full stop"
            )
        yield word.removesuffix(".")
        yield word.removesuffix(".").replace(" ", "")
        parts = word.split(" ")[:-1]
        beginnings = (" ".join(parts[: n + 1]) for n in range(len(parts)))
        yield from (b.removesuffix(".") for b in beginnings if b.endswith(".") and len(b) > 2)
