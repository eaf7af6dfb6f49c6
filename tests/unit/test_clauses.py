"""Both sides of a contrast, where they stand in the document."""

import pytest

from deployments.affect.clauses import clauses
from deployments.text.document import Document


def sides(text: str) -> list[str]:
    return [text[span.start : span.end] for span in clauses(Document.read(text))]


def test_each_sentence_has_its_own_contrast_or_none() -> None:
    text = "Lovely office but awful coffee. It rained. The talk was long, the hall was full."
    assert sides(text) == [
        *("Lovely office", "awful coffee."),
        *("The talk was long", "the hall was full."),
    ]


def test_a_side_of_one_word_is_no_clause() -> None:
    assert sides("Honestly, the hall was full.") == []


def test_mentions_and_links_are_no_words_of_a_side() -> None:
    assert sides("@maria_santos thanks, the hall was full. https://a.example/b, c d") == []


@pytest.mark.parametrize("blanks", [" ", "   ", "\t \t"])
def test_a_contrast_is_found_whatever_blanks_stand_around_it(blanks: str) -> None:
    text = f"Great team{blanks}but{blanks}terrible pay{blanks},{blanks}they say."
    assert sides(text) == ["Great team", f"terrible pay{blanks},{blanks}they say."]


def test_a_word_that_only_begins_like_a_contrast_is_none() -> None:
    assert sides("Great team, button mashing all day.") == ["Great team", "button mashing all day."]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("La oficina es preciosa pero el café es horrible.",
         ["La oficina es preciosa", "el café es horrible."]),
        ("O escritório é lindo, mas o café é péssimo.",
         ["O escritório é lindo", "o café é péssimo."]),
        ("Le bureau est superbe mais le café est infect.",
         ["Le bureau est superbe", "le café est infect."]),
        ("Das Büro ist wirklich schön, aber der Kaffee schmeckt uns nicht.",
         ["Das Büro ist wirklich schön", "der Kaffee schmeckt uns nicht."]),
        ("L'ufficio è molto bello, anche se il caffè è pessimo.",
         ["L'ufficio è molto bello", "il caffè è pessimo."]),
        ("Het kantoor is prachtig maar de koffie is echt slecht.",
         ["Het kantoor is prachtig", "de koffie is echt slecht."]),
        ("Kontoret är väldigt fint men kaffet är riktigt dåligt.",
         ["Kontoret är väldigt fint", "kaffet är riktigt dåligt."]),
        ("Kontoret er meget flot, men kaffen er virkelig dårlig.",
         ["Kontoret er meget flot", "kaffen er virkelig dårlig."]),
        ("Biuro jest naprawdę piękne, ale kawa jest okropna.",
         ["Biuro jest naprawdę piękne", "kawa jest okropna."]),
        ("Das ist doch wirklich ein schönes Büro für uns alle.", []),
    ],
)  # fmt: skip
def test_contrasts_go_by_the_language(text: str, expected: list[str]) -> None:
    assert sides(text) == expected
