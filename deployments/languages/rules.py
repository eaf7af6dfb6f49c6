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
class DateRules:
    """How dates, times of day and periods are written. What is empty is not used by the language.

    Attributes:
        months: every form of their names.
        short_months: their abbreviations, without full stop; they count beside a day.
        weekdays: every form of their names.
        short_weekdays: their abbreviations; they count before a day of a month.
        doubtful_months: those that are words or names, too.
        capital_months: whether months and weekdays have a capital letter.
        day_endings: what may stand behind the figure of a day ("1er", "3.", "4º").
        month_links: between day and month, and before the year ("12 de mayo de 2030").
        range_words: between two days ("del 3 al 5 de mayo").
        articles: between weekday and day ("Montag, den 3. Juni").
        before_year: words behind which a year stands alone ("en 2030").
        after_year: words behind a year that belong to it ("2030 r").
        relative: whole expressions ("ayer", "la semana pasada").
        periods: quarters and halves of a year in words.
        before_span, behind_span: what makes a date of a count of days ("hace tres años").
        units, counts: what is counted, and how many in words.
        before_hour, behind_hour: words beside an hour ("kl 9", "9 Uhr").
    """

    months: Words
    short_months: Words
    weekdays: Words
    short_weekdays: Words
    doubtful_months: Words = frozenset()
    capital_months: bool = False
    day_endings: tuple[str, ...] = ()
    month_links: Words = frozenset()
    range_words: Words = frozenset()
    articles: Words = frozenset()
    before_year: Words = frozenset()
    after_year: Words = frozenset()
    relative: Words = frozenset()
    periods: Words = frozenset()
    before_span: Words = frozenset()
    behind_span: Words = frozenset()
    units: Words = frozenset()
    counts: Words = frozenset()
    before_hour: Words = frozenset()
    behind_hour: Words = frozenset()


@dataclass(frozen=True, slots=True)
class AmountRules:
    """How sums of money and shares are written.

    Attributes:
        scales: words and abbreviations of thousands and more, without full stop.
        currencies: names of currencies and coins.
        percent: words for "%".
        counts: numbers in words, before a scale ("tres millones de euros").
        links: between scale and currency ("millones de euros", "millions d'euros").
        signs: what stands for a currency before the number, beside signs and ISO codes ("R$").
    """

    scales: Words
    currencies: Words
    percent: Words
    counts: Words
    links: Words = frozenset()
    signs: Words = frozenset()


@dataclass(frozen=True, slots=True)
class LanguageRules:
    """All rules of one language.

    Attributes:
        code: ISO 639-1, the folder's name.
        sentences: where they end.
        stop_words: words that no key phrase holds.
        linking_words: stop words that may stand within a key phrase ("Universidad de Chile").
        negations: words that turn a sentence's sense.
        contrasts: words that open a clause against the one before it.
        contrasts_behind_comma: those that do so behind a comma.
        calls_to_action: imperatives and the like that sell or invite.
        greetings: greetings, thanks and congratulations, which are no names.
        dates: how dates are written; of English the names of months and days alone, since
            ``deployments/entities/dates.py`` writes out the rest.
        amounts: how sums and shares are written; none for English, likewise.
        detection: what tells it from the languages near it.
    """

    code: str
    sentences: SentenceRules
    stop_words: Words
    linking_words: Words
    negations: Words
    contrasts: Words
    contrasts_behind_comma: Words
    calls_to_action: Words
    greetings: Words
    dates: DateRules
    amounts: AmountRules | None = None
    detection: DetectionRules = DetectionRules()
