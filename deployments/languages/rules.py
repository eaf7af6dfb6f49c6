"""What a language's folder says, as the readers of a text take it."""

from dataclasses import dataclass

#: Words and phrases in small letters, of which the order tells nothing.
Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class SentenceRules:
    """Which full stops end no sentence.

    An abbreviation stands here as it is written, in small letters and without its last full stop;
    one of several parts with one blank between them, and without ("z. b", "z.b").

    Attributes:
        abbreviations: never the end of a sentence, whatever follows.
        before_figures: not the end before a figure ("nr. 5").
        may_end: the end only before a word that opens sentences, or before nothing.
        openers: words that open a sentence and are hardly ever a name or a noun behind an
            abbreviation; one that ends with an apostrophe stands for all words elided so ("l'").
        short_words: words of up to three letters that are no abbreviations.
        ordinals_with_dot: whether "3." is the third.
        street_endings: endings of words after which a house number goes on ("Lindenstr. 5").
        spaced_quotes: whether a blank stands within quotation marks ("« Oui ! »").
        hours: what half of the day ("p.m"), of which a capital letter may follow.
        behind_hours: the words behind it that open no sentence.
    """

    abbreviations: Words
    before_figures: Words
    may_end: Words
    openers: Words
    short_words: Words
    ordinals_with_dot: bool = False
    street_endings: tuple[str, ...] = ()
    spaced_quotes: bool = False
    hours: Words = frozenset()
    behind_hours: Words = frozenset()


@dataclass(frozen=True, slots=True)
class DetectionRules:
    """What tells a language from those near it, beside its stop words and openers.

    Attributes:
        words: frequent in the language.
        endings: of words in no list.
        letters: in small letters; a word in no list that holds one counts likewise.
    """

    words: Words = frozenset()
    endings: tuple[str, ...] = ()
    letters: str = ""


@dataclass(frozen=True, slots=True)
class LanguageRules:
    """All rules of one language.

    Attributes:
        code: ISO 639-1, the folder's name.
        sentences: where they end.
        stop_words: words that no key phrase holds.
        detection: what tells it from the languages near it.
    """

    code: str
    sentences: SentenceRules
    stop_words: Words
    detection: DetectionRules = DetectionRules()
