"""Names, dates and sums in languages other than English."""

import pytest

from deployments.entities.grouping import group_mentions
from deployments.entities.mention import Mention
from deployments.entities.patterns import pattern_mentions
from deployments.entities.trimming import trim
from deployments.languages.loading import LANGUAGES


def trimmed(surface: str, code: str) -> str | None:
    mention = trim(Mention(0, len(surface), "ORG", 0.9), surface, surface, code)
    return None if mention is None else surface[mention.start : mention.end]


def numbers(code: str, label: str, *surfaces: str) -> list[int]:
    return group_mentions([(surface, label) for surface in surfaces], code)


@pytest.mark.parametrize(
    "code, text, expected",
    [
        ("es", "El 4 de julio firmamos por 2,5 millones de euros, un 3 % más.",
         ["4 de julio", "2,5 millones de euros", "3 %"]),
        ("de", "Am 4. Juli kamen 2,5 Mio. € zusammen, 3 Prozent mehr.",
         ["4. Juli", "2,5 Mio. €", "3 Prozent"]),
        ("pl", "4 lipca zebraliśmy 2,5 mln zł.", ["4 lipca", "2,5 mln zł"]),
        ("fr", "Le 4 juillet, 1 250 000 euros.", ["4 juillet", "1 250 000 euros"]),
        ("fi", "In July 2031 we paid $5 million.", ["July 2031", "$5 million"]),
    ],
)  # fmt: skip
def test_dates_and_sums_go_by_the_language(code: str, text: str, expected: list[str]) -> None:
    mentions = pattern_mentions(text, text, code)
    assert [text[m.start : m.end] for m in mentions] == expected


@pytest.mark.parametrize(
    "code, surface, name",
    [
        ("es", "Querida Begoña", "Begoña"),
        ("es", "Hola Ramiro", "Ramiro"),
        ("pt", "Caro Anselmo", "Anselmo"),
        ("fr", "Chère Solène", "Solène"),
        ("fr", "d’Arkadia", "Arkadia"),
        ("fr", "L'Escale", "L'Escale"),
        ("de", "Lieber Ottokar", "Ottokar"),
        ("it", "dell'Ansaldi", "Ansaldi"),
        ("it", "Gentile Ornella", "Ornella"),
        ("nl", "Beste Femke", "Femke"),
        ("sv", "Kära Tindra", "Tindra"),
        ("da", "Kære Gorm", "Gorm"),
        ("pl", "Szanowna Jadwigo", "Jadwigo"),
        ("es", "Talleres Ugarte, S.L.", "Talleres Ugarte, S.L."),
        ("es", "Ugarte Hnos.", "Ugarte Hnos."),
        ("pl", "Lampex Sp. z o.o.", "Lampex Sp. z o.o."),
    ],
)
def test_a_name_is_without_what_stands_before_it(code: str, surface: str, name: str) -> None:
    assert trimmed(surface, code) == name


@pytest.mark.parametrize(
    "code, surface",
    [("es", "RRHH"), ("es", "Buenos días"), ("de", "KMU"), ("de", "Sehr geehrte"),
     ("fr", "Bonsoir"), ("pt", "Prezados"), ("it", "Salve"), ("nl", "MKB"), ("sv", "VD"),
     ("da", "Tillykke"), ("pl", "Szanowni Państwo")],
)  # fmt: skip
def test_no_names(code: str, surface: str) -> None:
    assert trimmed(surface, code) is None


@pytest.mark.parametrize(
    "code, label, surfaces",
    [
        ("es", "ORG", ["Talleres Ugarte", "Talleres Ugarte, S.L.", "Talleres Ugarte S.A. de C.V."]),
        ("es", "ORG", ["Instituto Forestal de Navarra", "IFN"]),
        ("es", "LOC", ["La Coruña", "Coruña"]),
        ("es", "PERSON", ["Begoña Ugarte", "Sra. Ugarte", "doña Begoña"]),
        ("pt", "ORG", ["Moinho Velho", "Moinho Velho Ltda."]),
        ("fr", "ORG", ["Arkadia", "Arkadia SARL", "l’Arkadia"]),
        ("fr", "PERSON", ["Solène Brun", "Mme Brun"]),
        ("de", "ORG", ["Ottokar Bau", "Ottokar Bau GmbH & Co. KG", "Ottokar Baus"]),
        ("de", "PERSON", ["Jutta Winkelmann", "Frau Winkelmann", "Winkelmanns"]),
        ("it", "ORG", ["Ansaldi", "Ansaldi S.p.A.", "Ansaldi s.r.l."]),
        ("it", "PERSON", ["Ornella Gatti", "Dott.ssa Gatti", "signora Gatti"]),
        ("nl", "ORG", ["Molenaar Techniek", "Molenaar Techniek B.V."]),
        ("sv", "ORG", ["Björkvik", "Björkvik AB", "Björkviks"]),
        ("da", "ORG", ["Havgaard", "Havgaard A/S", "Havgaards"]),
        ("pl", "ORG", ["Lampex", "Lampex Sp. z o.o.", "Lampexu"]),
        ("pl", "LOC", ["Warszawa", "Warszawie", "Warszawy", "Warszawą"]),
        ("pl", "PERSON", ["Adam Gzik", "Adama Gzika", "pan Gzik"]),
    ],
)
def test_one_entity(code: str, label: str, surfaces: list[str]) -> None:
    assert numbers(code, label, *surfaces) == [0] * len(surfaces)


@pytest.mark.parametrize(
    "code, label, surfaces",
    [
        ("es", "ORG", ["Talleres Ugarte", "Talleres Urrutia"]),
        ("pl", "LOC", ["Warszawa", "Warka"]),
        ("de", "PERSON", ["Frau Winkel", "Frau Wenkel"]),
    ],
)
def test_two_entities(code: str, label: str, surfaces: list[str]) -> None:
    assert numbers(code, label, *surfaces) == [0, 1]


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_a_group_of_a_name_is_that_of_the_same_name(code: str) -> None:
    surfaces = ["A", "S.A.", "s", "de la", "Sp. z o.o.", "’", "e"]
    once = numbers(code, "ORG", *surfaces)
    assert numbers(code, "ORG", *surfaces, *surfaces) == once + once
