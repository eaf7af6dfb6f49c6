"""Each language's folder, and how texts of that language are read by it."""

import re
import tomllib
import unicodedata
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.entities.patterns import amounts, dates, find_patterns
from deployments.errors import InvalidLanguageRules
from deployments.languages.loading import LANGUAGES, read_rules, rules_of
from deployments.languages.rules import LanguageRules
from deployments.text.document import Document
from deployments.text.layout import EMOJI_MARK
from deployments.text.sentences import split_sentences
from tests.growth import grows_linearly

EXAMPLES = Path(__file__).parents[1] / "data" / "languages"


def examples(code: str) -> dict[str, list[str]]:
    return tomllib.loads((EXAMPLES / f"{code}.toml").read_text(encoding="utf-8"))


def of_each_language(kind: str) -> list[Any]:
    """Every example of this kind, in all languages."""
    return [
        pytest.param(code, example, id=f"{code}: {example}")
        for code in sorted(LANGUAGES)
        for example in examples(code)[kind]
    ]


def sentences(text: str, code: str) -> list[str]:
    """The sentences of a text that is taken to be in a language."""
    marked = text
    for emoji in Document.read(text).signals.emoji:
        length = emoji.end - emoji.start
        marked = marked[: emoji.start] + EMOJI_MARK * length + marked[emoji.end :]
    return [text[start:end] for start, end in split_sentences(marked, rules_of(code).sentences)]


def test_the_languages() -> None:
    assert {"en", "es", "pt", "fr", "de", "it", "nl", "sv", "da", "pl"} == LANGUAGES
    assert {path.stem for path in EXAMPLES.glob("*.toml")} == LANGUAGES


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_a_folder_is_whole(code: str) -> None:
    rules = rules_of(code)
    assert rules.code == code
    assert rules_of(code) is rules
    assert len(rules.stop_words) >= 250
    for path, words in word_lists(rules):
        assert all(words), path
        assert list(words) == [unicodedata.normalize("NFC", word).lower() for word in words], path


def word_lists(rules: Any) -> list[tuple[str, list[str]]]:
    """Every list of a language that is given, with the name of its field."""
    lists = []
    for field in fields(rules):
        value = getattr(rules, field.name)
        if is_dataclass(value):
            lists += word_lists(value)
        elif isinstance(value, frozenset | tuple) and value:
            lists.append((field.name, list(value)))
    return lists


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_there_are_examples_enough(code: str) -> None:
    assert len(examples(code)["sentences"]) >= 12
    assert len(examples(code)["posts"]) >= 9
    assert len(examples(code)["dates"]) + len(examples(code)["amounts"]) >= 6


@pytest.mark.parametrize("code, example", of_each_language("sentences"))
def test_sentences_end_where_a_reader_ends_them(code: str, example: str) -> None:
    expected = [sentence.strip() for sentence in example.split("|")]
    assert sentences(example.replace("|", ""), code) == expected


BRACKETED = re.compile(r"\[(.*?)\]")


@pytest.mark.parametrize("code, example", of_each_language("dates"))
def test_dates_are_found_whole(code: str, example: str) -> None:
    text = example.replace("[", "").replace("]", "")
    found = [text[match.start : match.end] for match in dates(text, rules_of(code))]
    assert found == BRACKETED.findall(example)
    assert amounts(text, rules_of(code)) == []


@pytest.mark.parametrize("code, example", of_each_language("amounts"))
def test_sums_and_shares_are_found_whole(code: str, example: str) -> None:
    text = example.replace("[", "").replace("]", "")
    found = [text[match.start : match.end] for match in amounts(text, rules_of(code))]
    assert found == BRACKETED.findall(example)
    assert dates(text, rules_of(code)) == []


@pytest.mark.parametrize(
    "code, text",
    [
        ("es", "Un equipo con 2025 personas y la sala 12 de Mayoral."),
        ("de", "Karl Mai und August Macke, Version 2.0, 3. Platz"),
        ("pl", "Maja i Luty Tur, 3. miejsce, 20 osób"),
        ("fr", "Mars Petcare recrute 12 personnes, score 3.2"),
        ("sv", "Vi är 20 personer på 3 våningar"),
    ],
)
def test_what_only_looks_like_a_date_or_a_sum(code: str, text: str) -> None:
    assert list(find_patterns(text, code)) == []


@pytest.mark.no_cover
@pytest.mark.parametrize("code", sorted(LANGUAGES))
@pytest.mark.parametrize("piece", ["1", "1.", "1 000 ", "3. ", " ", "$1-", "kr. ", "de "])
def test_finding_takes_linear_time(code: str, piece: str) -> None:
    assert grows_linearly(lambda size: list(find_patterns(piece * size, code)), 5_000)


@pytest.mark.parametrize("code, post", of_each_language("posts"))
def test_posts_are_told_despite_names_brands_and_capitals(code: str, post: str) -> None:
    assert Document.read(post).language.code == code


OTHERS = tomllib.loads((EXAMPLES.parent / "other_languages.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_without_a_folder_is_told_as_such(code: str) -> None:
    assert {Document.read(post).language.code for post in OTHERS[code]} == {code}


def test_a_language_without_a_folder_is_read_by_the_rules_of_english() -> None:
    assert rules_of("fi") is rules_of("und") is rules_of("en")


def test_the_document_is_split_by_the_rules_of_its_language() -> None:
    german = "Wir nutzen dafür viele Werkzeuge, z. B. Die Glocke, und feiern am 3. Oktober."
    [sentence] = Document.read(german).sentences
    assert sentence.end == len(german)


FOLDER = {
    "rules.toml": """
negations = ["no"]
contrasts = ["pero"]
contrasts_behind_comma = ["pero", "y"]
greetings = ["hola"]
[sentences]
abbreviations = ["sr.", "p. ej."]
before_figures = ["pág."]
may_end = ["etc."]
openers = ["el"]
short_words = ["sí"]
[dates]
months = ["enero"]
short_months = ["ene"]
weekdays = ["lunes"]
short_weekdays = ["lun"]
capital_months = false
""",
    "stop_words.txt": "# Words.\nde\nla\n",
}


def write_folder(folder: Path, **changes: tuple[str, str]) -> LanguageRules:
    """A small folder with one piece of text replaced, read."""
    folder = folder / "xx"
    folder.mkdir(exist_ok=True)
    for name, content in FOLDER.items():
        old, new = changes.get(name.partition(".")[0], ("", ""))
        (folder / name).write_text(content.replace(old, new) if old else content, encoding="utf-8")
    return read_rules(folder)


def test_an_abbreviation_of_several_parts_is_read_with_its_blanks_and_without(
    tmp_path: Path,
) -> None:
    rules = write_folder(tmp_path)
    assert rules.code == "xx"
    assert rules.sentences.abbreviations == {"sr", "p. ej", "p.ej"}


@pytest.mark.parametrize(
    "file, old, new, message",
    [
        ("rules", '["sr.", "p. ej."]', "[]", r"xx: \[sentences\] abbreviations is empty"),
        ("rules", '"sr."', '"sr"', "has 'sr': an abbreviation ends with a full stop"),
        ("rules", '"sr."', '"Sr."', "has 'Sr.': write it in small letters"),
        ("rules", '"pág."', '"pa\u0301g."', "write it in small letters, as NFC"),
        ("rules", '"sr."', '"p. ej."', "has p. ej. twice"),
        ("rules", '["el"]', '["el", 5]', "openers has 5, which is no word"),
        ("rules", '["el"]', '["el "]', "openers has 'el ', which is no word"),
        ("rules", 'openers = ["el"]', "", "lacks openers"),
        ("rules", "openers", "opners", "lacks openers"),
        ("rules", "[sentences]", "[sentences]\nfoo = true", "has foo; there may be abbreviations"),
        ("rules", "[sentences]", "[sentence]", "lacks sentences"),
        ("rules", '["el"]', '["el"', "rules.toml cannot be read"),
        ("rules", "= false", '= "no"', r"\[dates\] capital_months is 'no', which is no bool"),
        ("rules", '["el"]', '"el"', "openers is no list"),
        ("stop_words", "de\nla\n", "", "stop_words is empty"),
        ("stop_words", "la", "de", "stop_words has de twice"),
    ],
)
def test_a_wrong_folder_is_refused_with_its_place(
    tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    with pytest.raises(InvalidLanguageRules, match=message):
        write_folder(tmp_path, **{file: (old, new)})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidLanguageRules, match=r"rules\.toml cannot be read"):
        read_rules(tmp_path)


PIECES = [
    piece
    for code in sorted(LANGUAGES)
    for example in examples(code)["sentences"]
    for piece in example.replace("|", "").split(" ")
]


@given(st.lists(st.sampled_from([*PIECES, "\n", "3.", "«", "»", "¿", "1.000,5", "𝗕𝗼𝗹𝗱", "ÉÑÜ"])))
@settings(deadline=None)
def test_offsets_hold_in_all_languages(pieces: list[str]) -> None:
    text = " ".join(pieces)
    document = Document.read(text)
    assert len(document.plain) == len(text)
    for spans in (document.sentences, document.words):
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
        assert all(before.end <= after.start for before, after in pairwise(spans))
    assert all(text[s.start : s.end] == text[s.start : s.end].strip() for s in document.sentences)


@pytest.mark.no_cover
@pytest.mark.parametrize("code", sorted(LANGUAGES))
@pytest.mark.parametrize("piece", [".", " ", "3.", "3. ", "z. B. ", "« ", "l'", "a", "... ", "¿"])
def test_splitting_takes_linear_time(code: str, piece: str) -> None:
    rules = rules_of(code).sentences
    assert grows_linearly(lambda size: list(split_sentences(piece * size, rules)), 20_000)
