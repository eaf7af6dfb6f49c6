"""The published readability formulas of languages other than English, and their counts.

Each was fitted to the language it is named for, or adapted to it by its author; none says
anything of another. Takes counts alone; knows no document. English: ``formulas``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class SpellingCounts:
    """What the formulas are made of.

    Attributes:
        letters: letters and digits of the words.
        long_words: words of more than six letters (LIX, Wiener Sachtextformel).
        monosyllables: words of one syllable.
        three_syllables: words of three syllables and more.
        four_syllables: words of four and more (Pisarek).
    """

    words: int
    sentences: int
    syllables: int
    letters: int
    long_words: int
    monosyllables: int
    three_syllables: int
    four_syllables: int


#: A formula over the counts of a text with words.
Formula = Callable[[SpellingCounts], float]

_LONG_LETTERS = 6


def count_spelling(
    sentences: Iterable[Iterable[str]], syllables: Callable[[str], int]
) -> SpellingCounts:
    """The counts of a text given as sentences of words; ``syllables`` counts those of a word."""
    words: list[tuple[int, int]] = []
    sentence_count = 0
    for sentence in sentences:
        before = len(words)
        words += ((sum(map(str.isalnum, word)), syllables(word)) for word in sentence)
        sentence_count += len(words) > before
    return SpellingCounts(
        words=len(words),
        sentences=sentence_count,
        syllables=sum(spoken for _, spoken in words),
        letters=sum(letters for letters, _ in words),
        long_words=sum(letters > _LONG_LETTERS for letters, _ in words),
        monosyllables=sum(spoken == 1 for _, spoken in words),
        three_syllables=sum(spoken >= 3 for _, spoken in words),
        four_syllables=sum(spoken >= 4 for _, spoken in words),
    )


def lix(c: SpellingCounts) -> float:
    """Björnsson (1968), Läsbarhet, Stockholm: 20 very easy, 60 very hard.

    Made for Swedish; Björnsson (1983), "Readability of newspapers in 11 languages", Reading
    Research Quarterly 18(4), reads Danish, German and French newspapers, among others, with it.
    """
    return c.words / c.sentences + 100 * c.long_words / c.words


def flesch_amstad(c: SpellingCounts) -> float:
    """Amstad (1978), Wie verständlich sind unsere Zeitungen?, Zürich: German, 0 hard, 100 easy."""
    return 180 - c.words / c.sentences - 58.5 * c.syllables / c.words


def wiener_sachtextformel(c: SpellingCounts) -> float:
    """Bamberger and Vanecek (1984), Lesen, Verstehen, Lernen, Schreiben, their first formula.

    German non-fiction, in Austrian school years, 4 to 15.
    """
    return (
        0.1935 * 100 * c.three_syllables / c.words
        + 0.1672 * c.words / c.sentences
        + 0.1297 * 100 * c.long_words / c.words
        - 0.0327 * 100 * c.monosyllables / c.words
        - 0.875
    )


def kandel_moles(c: SpellingCounts) -> float:
    """Kandel and Moles (1958), Application de l'indice de Flesch à la langue française.

    Cahiers d'études de radio-télévision 19. French, 0 hard, 100 easy. Also quoted as
    209 - 1.15 words/sentences - 0.68 syllables per 100 words; taken is the form of the tools
    that use it.
    """
    return 207 - 1.015 * c.words / c.sentences - 73.6 * c.syllables / c.words


def fernandez_huerta(c: SpellingCounts) -> float:
    """Fernández Huerta (1959), Medidas sencillas de lecturabilidad, Consigna 214: Spanish.

    206.84 - 0.60 P - 1.02 F, P the syllables of 100 words. F is often quoted as the sentences
    of 100 words, by which shorter sentences would be harder. Taken is F as the words of a
    sentence, as in Flesch's formula, which this one adapts term by term: Law (2011), "Error in
    the Fernandez Huerta readability formula", Linguist List 22.2332. 0 hard, 100 easy.
    """
    return 206.84 - 60 * c.syllables / c.words - 1.02 * c.words / c.sentences


def szigriszt_pazos(c: SpellingCounts) -> float:
    """Szigriszt Pazos (1993), Sistemas predictivos de legibilidad del mensaje escrito, Madrid.

    Perspicuity of Spanish, 0 hard, 100 easy; its bands are those of :func:`inflesz`.
    """
    return 206.835 - 62.3 * c.syllables / c.words - c.words / c.sentences


#: Least value and name of each band, easiest first.
INFLESZ_BANDS = (
    (80.0, "muy fácil"), (65.0, "bastante fácil"), (55.0, "normal"), (40.0, "algo difícil"),
    (float("-inf"), "muy difícil"),
)  # fmt: skip


def inflesz(perspicuity: float) -> str:
    """Band of the INFLESZ scale, Barrio Cantalejo et al. (2008), An. Sist. Sanit. Navar. 31(2).

    Published with whole numbers ("40 to 55"); a border belongs to the easier band.
    """
    return next(name for least, name in INFLESZ_BANDS if perspicuity >= least)


def flesch_martins(c: SpellingCounts) -> float:
    """Martins, Ghiraldelo, Nunes and Oliveira (1996), Notas do ICMC 28: Brazilian Portuguese.

    Flesch's formula and 42 more for the longer words. 0 hard, 100 easy.
    """
    return 248.835 - 1.015 * c.words / c.sentences - 84.6 * c.syllables / c.words


def gulpease(c: SpellingCounts) -> float:
    """Lucisano and Piemontese (1988), Gulpease, Scuola e città 39(3): Italian.

    0 hard, 100 easy; made for letters, so that no syllable has to be counted. Cut at 0 and
    100, where its authors' scale ends.
    """
    return min(100.0, max(0.0, 89 + (300 * c.sentences - 10 * c.letters) / c.words))


def flesch_douma(c: SpellingCounts) -> float:
    """Douma (1960), De leesbaarheid van landbouwbladen, Wageningen: Dutch, 0 hard, 100 easy."""
    return 206.84 - 0.93 * c.words / c.sentences - 77 * c.syllables / c.words


def pisarek(c: SpellingCounts) -> float:
    """Pisarek (1969), Jak mierzyć zrozumiałość tekstu?, Zeszyty Prasoznawcze 4: Polish.

    Years of schooling, sqrt(Ts² + Tw²) / 2 of the words of a sentence and the percentage of
    words with four syllables and more. Pisarek counts those of the base form; here the form as
    written is counted, which is a little harder.
    """
    return sqrt((c.words / c.sentences) ** 2 + (100 * c.four_syllables / c.words) ** 2) / 2


def pisarek_linear(c: SpellingCounts) -> float:
    """The linear form of :func:`pisarek`: Ts / 3 + Tw / 3 + 1."""
    return (c.words / c.sentences + 100 * c.four_syllables / c.words) / 3 + 1
