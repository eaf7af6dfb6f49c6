"""Key phrases in languages other than English: their candidates, names and stems."""

from dataclasses import replace

import pytest

from deployments.keywords.candidates import Candidate, extract_candidates
from deployments.keywords.stems import near_duplicates
from deployments.keywords.words import is_content_word, normalize_phrase
from deployments.languages.loading import LANGUAGES, rules_of
from deployments.results import Language, Span
from deployments.text.document import Document
from training.datasets.posts_by_language import languages, read_language


def candidates(text: str, code: str) -> list[str]:
    document = Document.read(text)
    assert document.language.code == code
    return [text[p.spans[0].start : p.spans[0].end] for p in extract_candidates(document)]


@pytest.mark.parametrize(
    "code, sentence, phrases",
    [
        ("es", "Nuestra jefa de logística mejora la tasa de retención de clientes.",
         {"jefa de logística", "tasa de retención"}),
        ("pt", "A nossa diretora de vendas explica a taxa de abandono do carrinho.",
         {"diretora de vendas", "taxa de abandono"}),
        ("fr", "Notre bureau d’études baisse le taux d'absentéisme de l’atelier.",
         {"bureau d’études", "taux d'absentéisme", "atelier"}),
        ("it", "La nostra responsabile degli acquisti segue il costo dell'energia e l’imballaggio.",
         {"responsabile degli acquisti", "costo dell'energia", "imballaggio"}),
        ("de", "Wir verkürzen mit neuer Lagersoftware die mittlere Lieferzeit für unsere Kunden.",
         {"Lagersoftware", "mittlere Lieferzeit", "Kunden"}),
        ("nl", "Wij verlagen met slimme sensoren de kosten van het onderhoud in onze fabriek.",
         {"slimme sensoren", "kosten van het onderhoud", "fabriek"}),
        ("sv", "Vi minskar med nya sensorer kostnaden för underhåll i vår fabrik.",
         {"sensorer", "underhåll"}),
        ("da", "Vi sænker med nye sensorer prisen på vedligehold i vores fabrik.",
         {"sensorer", "prisen på vedligehold", "fabrik"}),
        ("pl", "Nasz zespół obniża koszty utrzymania ruchu i sprawdza umowy o pracę.",
         {"koszty utrzymania ruchu", "umowy o pracę"}),
    ],
)  # fmt: skip
def test_phrases_may_hold_the_small_words_of_their_language(
    code: str, sentence: str, phrases: set[str]
) -> None:
    assert phrases <= set(candidates(sentence, code))


@pytest.mark.parametrize(
    "code, sentence, name",
    [
        ("es", "Ayer visitamos el Museo de la Ciencia con todo el equipo.", "Museo de la Ciencia"),
        ("es", "Este año la reunión es en La Coruña, como siempre.", "La Coruña"),
        ("pt", "Hoje a Câmara de Comércio recebe os novos alunos.", "Câmara de Comércio"),
        ("pt", "Estamos em São Bernardo para mais uma feira.", "São Bernardo"),
        ("fr", "Nous rejoignons la Chambre des Métiers de notre ville.", "Chambre des Métiers"),
        ("fr", "Merci à Yvette Le Bihan pour tout son travail.", "Yvette Le Bihan"),
        ("it", "Oggi la Camera dell'Artigianato apre le sue porte.", "Camera dell'Artigianato"),
        ("de", "Gestern sprach Jutta Winkelmann über unsere Zukunft.", "Jutta Winkelmann"),
        ("de", "Das Institut für Holztechnik prüft unsere neuen Bretter.",
         "Institut für Holztechnik"),
        ("nl", "Vandaag sprak Roos van der Meer over onze plannen.", "Roos van der Meer"),
        ("sv", "Linnea Åkerblom börjar hos oss som ny platschef.", "Linnea Åkerblom"),
        ("da", "Institut for Byggeteknik har fået en ny leder.", "Institut for Byggeteknik"),
        ("pl", "Wczoraj Politechnika Lubelska ogłosiła nowy konkurs.", "Politechnika Lubelska"),
    ],
)  # fmt: skip
def test_no_name_is_cut(code: str, sentence: str, name: str) -> None:
    found = candidates(sentence, code)
    assert name in found
    assert not {part for part in name.split() if part[0].isupper()} & set(found)


@pytest.mark.parametrize(
    "code, names",
    [("es", "Nuria Escudero\nTomás Beltrán"), ("de", "Gerda Opitz\nRainer Vogt"),
     ("da", "Mette Krogh\nAnders Toft")],
)  # fmt: skip
def test_names_alone_on_their_lines_stay_whole(code: str, names: str) -> None:
    opening = {"es": "En la mesa redonda de mañana hablan:", "de": "Auf der Bühne stehen morgen:",
               "da": "På scenen møder I i morgen:"}[code]  # fmt: skip
    assert set(names.split("\n")) <= set(candidates(f"{opening}\n{names}", code))


@pytest.mark.parametrize(
    "code, word",
    [("es", "contratamos"), ("es", "rápidamente"), ("es", "hola"), ("es", "marzo"),
     ("pt", "crescemos"), ("fr", "l’"), ("fr", "activement"), ("it", "abbiamo"), ("it", "dell'"),
     ("de", "Prozent"), ("nl", "krijgen"), ("sv", "fredag"), ("da", "spurgte"), ("pl", "dziękuję")],
)  # fmt: skip
def test_no_content(code: str, word: str) -> None:
    assert not is_content_word(word, code)


@pytest.mark.parametrize(
    "code, word", [("es", "Clemente"), ("es", "pymes"), ("pl", "umowa"), ("it", "Sicilia")]
)
def test_content(code: str, word: str) -> None:
    assert is_content_word(word, code)


@pytest.mark.parametrize(
    "code, one, other",
    [
        ("es", "reunión de ventas", "reuniones de venta"),
        ("pt", "contrato", "contratos"),
        ("fr", "taux d’intérêt", "taux d'intérêts"),
        ("it", "tasso di crescita", "tassi di crescita"),
        ("de", "Arbeitsplatz", "Arbeitsplatzes"),
        ("nl", "fabriek", "fabrieken"),
        ("sv", "maskinen", "maskiner"),
        ("da", "maskinen", "maskiner"),
        ("pl", "umowy", "umowę"),
    ],
)  # fmt: skip
def test_inflections_are_one_phrase(code: str, one: str, other: str) -> None:
    assert normalize_phrase(one, code) == normalize_phrase(other, code)


def test_a_phrase_and_its_part_are_near_duplicates() -> None:
    one, other = (normalize_phrase(p, "es") for p in ("jefa de logística", "logística"))
    assert near_duplicates(one, other, "es")


def surfaces_of(document: Document, candidate: Candidate) -> list[str]:
    return [document.plain[span.start : span.end] for span in candidate.spans]


def all_surfaces(document: Document) -> list[str]:
    return [s for c in extract_candidates(document) for s in surfaces_of(document, c)]


def folded(phrase: str) -> str:
    return " ".join(phrase.lower().replace("’", "'").strip("#\"«»“”„.,:;!?()'").split())


@pytest.mark.parametrize("code", languages())
def test_candidates_hold_what_people_chose_and_not_much_more(code: str) -> None:
    chosen, held, number = 0, 0, 0
    posts = read_language(code)
    for post in posts:
        surfaces = set(map(folded, all_surfaces(post.document)))
        number += len(surfaces)
        chosen += len(post.keyphrases)
        held += sum(folded(phrase) in surfaces for phrase in post.keyphrases)
    assert held / chosen >= 0.88
    assert number / len(posts) <= 65


@pytest.mark.parametrize("code", languages())
def test_no_candidate_begins_or_ends_with_a_stop_word(code: str) -> None:
    stop_words = rules_of(code).stop_words
    for post in read_language(code, split="validation"):
        edges = {
            word for s in all_surfaces(post.document) for word in (s.split()[0], s.split()[-1])
        }
        assert not edges & stop_words


@pytest.mark.parametrize("code", sorted(LANGUAGES))
@pytest.mark.parametrize("piece", ["a de ", "d'", "A ", "Foo van ", "de la ", "l’été "])
def test_spans_are_in_order_whatever_the_text(code: str, piece: str) -> None:
    document = replace(Document.read(piece * 40), language=Language(code, 1.0))
    for candidate in extract_candidates(document):
        assert list(candidate.spans) == sorted(candidate.spans, key=start)
        assert all(span.end <= len(document.text) for span in candidate.spans)


def start(span: Span) -> int:
    return span.start
