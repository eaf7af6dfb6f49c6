"""Posts in two languages, through the released models."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from deployments.analyzer import analyze_batch
from deployments.results import ANALYSES, Section, Span
from deployments.text.document import Document
from serve_app.cli.analyze.answer_table import print_answer
from serve_app.in_process import LocalAnalyses
from tests.services.loaded_analyzers import loaded_analyzer

ENGLISH = (
    "We are so happy that Maria Lopez joins our office in Paris on 3 May. "
    "The new payment platform made $2 million last year."
)
SPANISH = (
    "Estamos muy decepcionados: el servicio de Telefónica falló otra vez el 12 de mayo. "
    "La plataforma de pagos costó 3,5 millones de euros."
)
JAPANESE = (
    "本日、旧港に新しいオフィスを開設いたしました。皆さまのお越しを心よりお待ちしております。"
)


def section(analysis: str, text: str) -> Section[Any]:
    return analyze_batch(loaded_analyzer(analysis), [Document.read(text)])[0]


def result(analysis: str, text: str) -> Any:
    return section(analysis, text).result


def read(analysis: str, text: str) -> list[tuple[str, str]]:
    languages = section(analysis, text).languages
    return [(span.code, text[span.start : span.end].strip()) for span in languages]


@pytest.mark.parametrize("analysis", ANALYSES)
def test_a_section_says_which_lines_it_read(analysis: str) -> None:
    assert read(analysis, ENGLISH) == [("en", ENGLISH)]
    text = f"{ENGLISH}\n\n{JAPANESE}\n\n{ENGLISH}"
    assert read(analysis, text) == [("en", ENGLISH), ("en", ENGLISH)]
    both = [("en", ENGLISH), ("es", SPANISH)]
    expected = both[1:] if analysis == "readability" else both
    assert read(analysis, f"{ENGLISH}\n{SPANISH}") == expected


@pytest.mark.parametrize("analysis", ANALYSES)
def test_no_result_points_into_a_line_that_was_not_read(analysis: str) -> None:
    text = f"{JAPANESE} Toyota, Sony.\n\n{ENGLISH}"
    both, alone = result(analysis, text), result(analysis, ENGLISH)
    first = text.index("We are")
    for name in ("items", "sentences", "evidence", "hardest_sentences"):
        spans = getattr(both, name, ())
        if isinstance(spans, tuple):
            assert all(span.start >= first for span in spans)
            assert len(spans) == len(getattr(alone, name, ()))


def test_dates_and_sums_are_found_by_the_rules_of_their_line() -> None:
    text = f"{SPANISH}\n\n{ENGLISH}"
    found = {item.text: item.label for item in result("entities", text).items}
    expected = {
        "12 de mayo": "DATE",
        "3 May": "DATE",
        "3,5 millones de euros": "MONEY",
        "$2 million": "MONEY",
    }
    assert found.items() >= expected.items()


def test_key_phrases_come_from_both_languages() -> None:
    texts = {item.text for item in result("keywords", f"{SPANISH}\n\n{ENGLISH}").items}
    assert {"plataforma", "pagos", "payment platform"} <= texts


def test_a_name_in_both_languages_is_one_key_phrase() -> None:
    text = f"{SPANISH} Telefónica pide perdón.\n\n{ENGLISH} Telefónica was there."
    [name] = [item for item in result("keywords", text).items if item.text == "Telefónica"]
    assert [text[s.start : s.end] for s in name.occurrences] == ["Telefónica"] * 3


def test_each_sentence_feels_by_itself() -> None:
    text = f"{ENGLISH}\n\n{SPANISH}"
    sentiment = result("sentiment", text)
    labels = {text[s.start : s.end].split()[0]: s.label for s in sentiment.sentences}
    assert (labels["We"], labels["Estamos"]) == ("positive", "negative")


def test_readability_has_the_formulas_of_the_main_language_and_counts_its_lines() -> None:
    text = f"{ENGLISH}\n\n{SPANISH} {SPANISH}"
    both, spanish = result("readability", text), result("readability", SPANISH)
    assert both.flesch_kincaid_grade is None
    assert both.szigriszt_pazos == pytest.approx(spanish.szigriszt_pazos, abs=0.5)
    assert both.words == 2 * spanish.words
    assert both.covered == Span(0, len(text))


def test_a_post_in_no_known_language_is_refused_with_its_language() -> None:
    refused = section("tone", JAPANESE)
    assert (refused.status, refused.languages) == ("unsupported_language", ())
    assert "language 'ja'" in (refused.detail or "")


def test_the_table_names_both_languages() -> None:
    shown = StringIO()
    [item] = LocalAnalyses(("readability", "keywords")).items([f"{ENGLISH}\n\n{SPANISH}"])
    print_answer(item["result"], Console(file=shown, width=200))
    assert shown.getvalue().splitlines()[0].rstrip().endswith(", also en")
