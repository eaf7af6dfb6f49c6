"""Readability in languages other than English: formulas and syllables counted by hand."""

import math
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.analyzer import analyze_batch
from deployments.readability.analyzer import ReadabilityAnalyzer, ReadabilityConfig
from deployments.readability.languages import READING_RULES
from deployments.readability.number_words import NumberWords
from deployments.readability.published import inflesz
from deployments.results import Language, Readability, Status
from deployments.rounding import rounded
from deployments.text.document import Document
from deployments.wire import encode
from tests.growth import grows_linearly

SYLLABLES = Path(__file__).parents[1] / "data" / "syllables"
ENGLISH = {
    "flesch_reading_ease", "flesch_kincaid_grade", "gunning_fog", "smog", "coleman_liau",
    "automated_readability", "dale_chall", "grade",
}  # fmt: skip
OWN = {
    "es": {"fernandez_huerta", "szigriszt_pazos", "inflesz"},
    "pt": {"flesch_martins"},
    "fr": {"kandel_moles", "lix"},
    "de": {"flesch_amstad", "wiener_sachtextformel", "lix"},
    "it": {"gulpease"},
    "nl": {"flesch_douma"},
    "sv": {"lix"},
    "da": {"lix"},
    "pl": {"pisarek", "pisarek_linear"},
}


analyzer = cache(lambda: ReadabilityAnalyzer(ReadabilityConfig()))


def document(code: str, text: str) -> Document:
    """A text in that language: too short to be told by."""
    return replace(Document.read(text), language=Language(code, 1.0))


def read(code: str, text: str) -> Readability:
    [result] = analyzer().analyze([document(code, text)])
    return result


# Language and text; words, sentences and syllables as counted by hand; then the formulas worked
# out by hand from these, and from letters, long words and words of many syllables counted so.
COUNTED = [
    ("es", "La casa es grande.", 4, 1, 6, {"fernandez_huerta": 112.76, "szigriszt_pazos": 109.385}),
    ("es", "El equipo trabaja bien. Hoy hay reunión.", 7, 2, 12,
     {"fernandez_huerta": 100.4129, "szigriszt_pazos": 96.535}),
    ("es", "Gracias a María por su energía.", 6, 1, 12,
     {"fernandez_huerta": 80.72, "szigriszt_pazos": 76.235}),
    ("pt", "A casa é grande.", 4, 1, 6, {"flesch_martins": 117.875}),
    ("pt", "A equipe trabalha bem. Hoje há reunião.", 7, 2, 15, {"flesch_martins": 63.9968}),
    ("pt", "A história da empresa começou em Lisboa.", 7, 1, 15, {"flesch_martins": 60.4443}),
    ("fr", "Le chat dort.", 3, 1, 3, {"kandel_moles": 130.355, "lix": 3.0}),
    ("fr", "Notre équipe travaille bien. Merci à tous.", 7, 2, 10,
     {"kandel_moles": 98.3046, "lix": 17.7857}),
    ("fr", "Les clients apprécient notre innovation.", 5, 1, 11,
     {"kandel_moles": 40.005, "lix": 65.0}),
    ("de", "Wir lernen jeden Tag.", 4, 1, 6,
     {"flesch_amstad": 88.25, "wiener_sachtextformel": -1.8412, "lix": 4.0}),
    ("de", "Unsere Mitarbeiterinnen lernen gern. Das freut uns.", 7, 2, 15,
     {"flesch_amstad": 51.1429, "wiener_sachtextformel": 5.2231, "lix": 17.7857}),
    ("de", "Die Familie besuchte das Museum in Berlin.", 7, 1, 15,
     {"flesch_amstad": 47.6429, "wiener_sachtextformel": 10.8925, "lix": 35.5714}),
    ("it", "La casa è grande.", 4, 1, 6, {"gulpease": 100.0}),  # 131.5, beyond the scale
    ("it", "La nostra azienda collabora con università internazionali.", 7, 1, 22,
     {"gulpease": 59.0}),
    ("it", "Ringraziamo tutti i collaboratori per l'impegno. Lavoriamo insieme.", 8, 2, 24,
     {"gulpease": 92.75}),
    ("nl", "De kat slaapt.", 3, 1, 3, {"flesch_douma": 127.05}),
    ("nl", "Ons team werkt hard. Dank jullie wel!", 7, 2, 8, {"flesch_douma": 115.585}),
    ("nl", "De organisatie begeleidt nieuwe medewerkers.", 5, 1, 15, {"flesch_douma": -28.81}),
    ("sv", "Vi lär oss varje dag.", 5, 1, 6, {"lix": 5.0}),
    ("sv", "Företaget anställer ingenjörer. Vi är stolta.", 6, 2, 15, {"lix": 53.0}),
    ("sv", "Våra medarbetare utvecklar hållbara lösningar.", 5, 1, 16, {"lix": 85.0}),
    ("da", "Vi lærer hver dag.", 4, 1, 5, {"lix": 4.0}),
    ("da", "Virksomheden ansætter ingeniører. Vi er stolte.", 6, 2, 16, {"lix": 53.0}),
    ("da", "Vores medarbejdere udvikler nye løsninger.", 5, 1, 15, {"lix": 65.0}),
    ("pl", "Ala ma kota.", 3, 1, 5, {"pisarek": 1.5, "pisarek_linear": 2.0}),
    ("pl", "Dziękujemy całemu zespołowi za wspaniałą pracę.", 6, 1, 17,
     {"pisarek": 16.9345, "pisarek_linear": 14.1111}),
    ("pl", "Nasza firma rośnie. Zatrudniamy programistów w Krakowie.", 7, 2, 18,
     {"pisarek": 14.3925, "pisarek_linear": 11.6905}),
]  # fmt: skip


@pytest.mark.parametrize("code, text, words, sentences, syllables, values", COUNTED)
def test_texts_counted_by_hand(
    code: str, text: str, words: int, sentences: int, syllables: int, values: dict[str, float]
) -> None:
    result = read(code, text)
    assert (result.words, result.sentences, result.syllables) == (words, sentences, syllables)
    for formula, value in values.items():
        assert getattr(result, formula) == pytest.approx(value, abs=1e-3), formula


def divided_words(code: str) -> Iterator[tuple[str, int]]:
    """Words and their syllables: "em·pre·sa", "25=vein·ti·cin·co", "empleo=3"."""
    for line in (SYLLABLES / f"{code}.txt").read_text(encoding="utf-8").splitlines():
        for entry in [] if line.startswith("#") else line.split():
            word, _, spoken = entry.partition("=")
            count = int(spoken) if spoken.isdigit() else (spoken or word).count("·") + 1
            yield word.replace("·", ""), count


@pytest.mark.parametrize("code", READING_RULES)
def test_syllables_of_words_divided_by_hand(code: str) -> None:
    spelling = READING_RULES[code].spelling
    words = list(divided_words(code))
    wrong = [(word, count) for word, count in words if spelling.syllables(word) != count]
    assert len(words) >= 150
    assert len(wrong) <= 0.02 * len(words), wrong


@pytest.mark.parametrize("code", READING_RULES)
def test_a_language_has_its_own_formulas_and_no_others(code: str) -> None:
    text = next(text for language, text, *_ in COUNTED if language == code)
    result = read(code, text)
    formulas = set().union(ENGLISH, *OWN.values())
    assert {name for name in formulas if getattr(result, name) is not None} == OWN[code]
    assert all(sentence.grade is None for sentence in result.hardest_sentences)


def test_english_has_no_formula_of_another_language() -> None:
    result = read("en", "We hired three engineers in Porto.")
    others = set().union(*OWN.values())
    assert all(getattr(result, name) is not None for name in ENGLISH)
    assert all(getattr(result, name) is None for name in others)


def test_what_a_language_lacks_is_left_out_in_json() -> None:
    [section] = analyze_batch(analyzer(), [document("it", "Abbiamo aperto un ufficio a Torino.")])
    body = encode(section).body
    assert b'"gulpease":' in body
    assert b"flesch" not in body
    assert b'"syllables":14' in body


EASY_AND_HARD = {
    "es": ("Hoy es un buen día. Somos un equipo. Gracias a todos.",
           "La implementación de procedimientos administrativos interdepartamentales requiere "
           "una coordinación presupuestaria considerablemente pormenorizada."),
    "pt": ("Hoje é um bom dia. Somos uma equipe. Obrigado a todos.",
           "A implementação de procedimentos administrativos interdepartamentais requer uma "
           "coordenação orçamentária consideravelmente pormenorizada."),
    "fr": ("Il fait beau. On va bien. Merci à tous pour la fête.",
           "La mise en conformité des procédures administratives interministérielles nécessite "
           "une coordination budgétaire considérablement approfondie."),
    "de": ("Heute ist ein guter Tag. Wir sind ein Team. Danke euch.",
           "Die Implementierung abteilungsübergreifender Verwaltungsvorschriften erfordert eine "
           "außerordentlich differenzierte Haushaltskoordinierung."),
    "it": ("Oggi è un bel giorno. Siamo un bel gruppo. Grazie a voi.",
           "L'implementazione delle procedure amministrative interdipartimentali richiede un "
           "coordinamento finanziario straordinariamente approfondito."),
    "nl": ("Het is een mooie dag. We zijn blij. Dank jullie wel.",
           "De implementatie van interdepartementale verantwoordingsprocedures vereist een "
           "buitengewoon gedetailleerde begrotingscoördinatie."),
    "sv": ("Det är en bra dag. Vi är glada. Tack ska ni ha.",
           "Implementeringen av myndighetsövergripande redovisningsförfaranden förutsätter en "
           "utomordentligt detaljerad budgetsamordning."),
    "da": ("Det er en god dag. Vi er glade. Tak skal I have.",
           "Implementeringen af tværministerielle regnskabsprocedurer forudsætter en "
           "overordentlig detaljeret budgetkoordinering."),
    "pl": ("To był dobry dzień. Mamy nowy dom. Bardzo dziękuję.",
           "Wdrożenie międzyresortowych procedur administracyjnych wymaga niezwykle "
           "szczegółowej koordynacji przedsięwzięć budżetowych."),
}  # fmt: skip


@pytest.mark.parametrize("code", READING_RULES)
def test_ease_is_high_for_plain_words_and_low_for_an_office(code: str) -> None:
    easy, hard = (read(code, text).ease for text in EASY_AND_HARD[code])
    assert easy is not None
    assert hard is not None
    assert 0 <= hard < 40 < 60 < easy <= 100


@pytest.mark.parametrize("code", READING_RULES)
def test_the_hardest_sentence_is_the_office_sentence(code: str) -> None:
    easy, hard = EASY_AND_HARD[code]
    text = f"{easy} {hard}"
    first = read(code, text).hardest_sentences[0]
    assert text[first.start : first.end] == hard


@pytest.mark.parametrize("code", READING_RULES)
def test_a_text_without_a_word_has_counts_alone(code: str) -> None:
    result = read(code, "#hiring 🎉")
    assert (result.words, result.sentences, result.reading_time_s) == (0, 0, 0.0)
    assert (result.ease, result.syllables, result.hardest_sentences) == (None, None, ())


RUSSIAN = (
    "Мы открыли новый офис. Наша команда уже много месяцев готовила этот большой и важный "
    "для всех переезд."
)


def test_another_language_has_counts_time_and_its_longest_sentences() -> None:
    text = Document.read(RUSSIAN)
    assert text.language.code == "ru"
    [section] = analyze_batch(analyzer(), [text])
    assert section.status is Status.OK
    result = section.result
    assert isinstance(result, Readability)
    assert (result.words, result.sentences) == (17, 2)
    # 84 letters, 4.6 of them an English word, 238 of those a minute.
    assert result.reading_time_s == pytest.approx(60 * 84 / 4.6 / 238, abs=1e-3)
    assert [RUSSIAN[s.start : s.end] for s in result.hardest_sentences] == [RUSSIAN[23:]]
    assert {name for name in result.__slots__ if getattr(result, name) is None} == {
        "ease", "syllables", *ENGLISH, *set().union(*OWN.values())
    }  # fmt: skip


@pytest.mark.parametrize(
    "code, text",
    [
        ("zh", "我们在上海开了一家新的办公室，感谢大家的支持。"),
        ("ja", "東京に新しいオフィスを開設しました。皆さん、ありがとうございます。"),
        ("th", "เราเปิดสำนักงานใหม่ในกรุงเทพฯ แล้ว ขอบคุณทุกคนมาก"),
    ],
)
def test_words_that_no_space_parts_are_not_counted(code: str, text: str) -> None:
    [section] = analyze_batch(analyzer(), [Document.read(text)])
    assert section.status is Status.UNSUPPORTED_LANGUAGE
    assert f"'{code}'" in (section.detail or "")
    assert "spaces between their words" in (section.detail or "")


def test_the_bands_of_inflesz_end_where_they_were_published() -> None:
    borders = (80, 65, 55, 40)
    assert [inflesz(border) for border in borders] == [
        "muy fácil", "bastante fácil", "normal", "algo difícil",
    ]  # fmt: skip
    assert [inflesz(border - 0.01) for border in borders] == [
        "bastante fácil", "normal", "algo difícil", "muy difícil",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "code, figure, spoken",
    [
        ("es", "101", 4), ("es", "1.000.000", 3), ("es", "31", 5), ("pt", "101", 4),
        ("pt", "2,5", 6), ("fr", "21", 3), ("fr", "80", 3), ("fr", "91", 4), ("fr", "1000", 1),
        ("de", "21", 4), ("de", "1.250.000", 12), ("de", "1999", 8), ("it", "28", 3),
        ("it", "1000", 2), ("it", "3000", 3), ("nl", "1850", 6), ("sv", "2,5", 4), ("da", "75", 4),
        ("pl", "1000", 2), ("pl", "5000", 4), ("pl", "2.0", 6), ("de", "0", 1),
        ("de", "9" * 13, 13),
    ],
)  # fmt: skip
def test_figures_are_read_aloud(code: str, figure: str, spoken: int) -> None:
    numbers: NumberWords = READING_RULES[code].spelling.numbers
    assert numbers.read(figure) == spoken


@pytest.mark.no_cover
@pytest.mark.parametrize("code", READING_RULES)
@pytest.mark.parametrize("run", ["a", "i", "e", "ient", "b", "qu", "1.", "9", "A", "'", "ie"])
def test_a_long_run_takes_time_in_proportion(code: str, run: str) -> None:
    spelling = READING_RULES[code].spelling

    def count(size: int) -> int:
        return spelling.syllables(run * (size // len(run)))

    assert grows_linearly(count, 40_000)


def test_values_are_rounded_as_everywhere() -> None:
    result = read("de", COUNTED[10][1])
    assert result.flesch_amstad == rounded(180 - 3.5 - 58.5 * 15 / 7)


@given(st.sampled_from(sorted(READING_RULES)), st.text(st.characters(), max_size=80))
@settings(max_examples=150, deadline=None)
def test_every_number_is_finite_for_any_text(code: str, text: str) -> None:
    result = read(code, text)
    for field in fields(result):
        value = getattr(result, field.name)
        assert not isinstance(value, float) or math.isfinite(value)
    assert result.ease is None or 0 <= result.ease <= 100
