"""Posts in two languages, line by line; posts in one, whatever words they hold."""

import pickle

import pytest

from deployments.results import LanguageSpan, Span
from deployments.text.document import Document

ENGLISH = "We are proud to open our new office in the old harbour today."
SPANISH = "Hoy abrimos con mucho orgullo nuestra nueva oficina en el puerto viejo."
GERMAN = "Heute eröffnen wir voller Stolz unser neues Büro im alten Hafen."
JAPANESE = (
    "本日、旧港に新しいオフィスを開設いたしました。皆さまのお越しを心よりお待ちしております。"
)


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ((SPANISH, "", ENGLISH), ["es", "en"]),
        ((ENGLISH, "", JAPANESE), ["en", "ja"]),
        ((GERMAN, "👉 www.acme.example", ENGLISH, GERMAN), ["de", "en", "de"]),
        (("¡Gracias!", SPANISH, ENGLISH, "Thank you!"), ["es", "en"]),
        ((ENGLISH, GERMAN, SPANISH), ["en", "de", "es"]),
    ],
)
def test_each_line_is_in_its_language(lines: tuple[str, ...], codes: list[str]) -> None:
    document = Document.read("\n".join(lines))
    spans = document.languages
    assert [span.code for span in spans] == codes
    assert [spans[0].start, *(s.end for s in spans)] == [
        *(s.start for s in spans),
        len(document.text),
    ], "the spans leave nothing out"
    assert all(document.text[: s.start].endswith("\n") for s in spans[1:])


def test_the_language_of_a_post_is_that_of_most_of_it() -> None:
    assert Document.read(f"{ENGLISH}\n{SPANISH} {SPANISH}").language.code == "es"
    assert Document.read(f"{ENGLISH} {ENGLISH}\n{SPANISH}").language.code == "en"


@pytest.mark.parametrize(
    "text",
    [
        f"{ENGLISH}\n\nSavoir-vivre, Zeitgeist and Gemütlichkeit: all there.\nMerci beaucoup!",
        f"{ENGLISH}\nKubernetes, Docker, Terraform, AWS, Grafana, Prometheus\nJoin us!",
        f"{ENGLISH}\n\n#Arbeit #Zukunft #Menschen #Gemeinschaft #Nachhaltigkeit",
        f"{GERMAN}\nSales, Marketing, Customer Success\nJetzt bewerben!",
        f"{SPANISH}\nMuito obrigado!",
        "Vi åbner i dag vores nye kontor ved den gamle havn.\nKom og besøg os på fredag kl. 12.",
        "",
        "\n\n",
    ],
)
def test_foreign_words_and_short_lines_make_no_second_language(text: str) -> None:
    document = Document.read(text)
    assert document.languages == (LanguageSpan(document.language.code, 0, len(text)),)


def test_sentences_end_by_the_rules_of_their_language() -> None:
    german = "Am 3. Mai öffnet das neue Büro der Firma bei uns im alten Hafen."
    english = "We came in at no. 3 of all the companies in the country this year."
    document = Document.read(f"{german}\n{english}")
    assert [document.text[s.start : s.end] for s in document.sentences] == [german, english]


def test_a_view_of_one_language_keeps_every_offset() -> None:
    text = f"{SPANISH} #puerto\n\n{ENGLISH} #harbour 🎉"
    document = Document.read(text)
    spanish, english = document.by_language()
    assert (spanish.language.code, english.language.code) == ("es", "en")
    assert spanish.text == english.text == text
    assert spanish.plain.strip() == f"{SPANISH} #puerto"
    assert english.plain.lstrip() == f"{ENGLISH} #harbour 🎉"
    assert [tag.text for tag in english.signals.hashtags] == ["#harbour"]
    assert spanish.sentences + english.sentences == document.sentences
    assert spanish.words + english.words == document.words


def test_views_of_known_languages() -> None:
    document = Document.read(f"{JAPANESE}\n{ENGLISH}")
    assert document.in_languages({"en", "ja"}) is document
    english = document.in_languages({"en", "de"})
    assert (english.language.code, [s.code for s in english.languages]) == ("en", ["en"])
    assert document.in_languages({"de"}).languages == ()
    assert document.in_languages({"de"}).plain.strip() == ""
    undetermined = Document.read("12 34")
    assert undetermined.in_languages({"de"}) is undetermined


def test_a_document_in_two_languages_travels_whole() -> None:
    document = Document.read(f"{ENGLISH}\n{SPANISH}")
    assert pickle.loads(pickle.dumps(document)) == document
    assert document.code_at(0) == "en"
    assert document.code_at(len(document.text)) == "es"
    assert Span(0, len(ENGLISH)) in document.sentences
