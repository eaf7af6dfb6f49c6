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
class PhraseRules:
    """Of which words key phrases and names of several words are made.

    Attributes:
        inner_words: stop words that may join two parts of a phrase ("director de operaciones").
        elisions: beginnings that are words of their own ("l'", "dell'").
        endings: of words that no phrase holds: adverbs ("ly"), and of most verbs.
        no_content: further words that no phrase holds, and that tell no language: verbs, greetings.
        capital_nouns: whether nouns have a capital, so that a phrase ends with one.
        plain_links: small words that join what has a capital to a name ("Banco de España").
        heads: of names of institutions, offices and works, in small letters.
        head_links: small words that join what has a capital to a name that begins with a head.
        particles: small words within names alone ("van", "von").
        articles: between a link and what follows it ("Banco de la Nación").
        function_words: no part of a name even with a capital; the stop words where none are given.
    """

    inner_words: Words = frozenset()
    elisions: Words = frozenset()
    endings: tuple[str, ...] = ()
    no_content: Words = frozenset()
    capital_nouns: bool = False
    plain_links: Words = frozenset()
    heads: Words = frozenset()
    head_links: Words = frozenset()
    particles: Words = frozenset()
    articles: Words = frozenset()
    function_words: Words = frozenset()


@dataclass(frozen=True, slots=True)
class PromotionRules:
    """The words of sales and of calls to act, as whole words and phrases.

    Attributes:
        calls: to commit, imperatives at the head of a clause ("inscríbete").
        looks: to look, likewise ("descubre").
        pointers: to where the link is ("enlace en los comentarios").
        reader: how the reader is addressed ("tu", "su").
        offers: what is offered ("gratis", "plazas limitadas").
        sales: praise of what is sold ("de última generación").
    """

    calls: Words
    looks: Words
    pointers: Words
    reader: Words
    offers: Words
    sales: Words


@dataclass(frozen=True, slots=True)
class NameRules:
    """What stands beside names and within them, in small letters without accents and full stops.

    Attributes:
        salutations: words before a name in an address that are none of it ("querida", "liebe").
        titles: what stands before a person's name ("sra", "herr"); spellings without accents.
        legal_forms: what stands behind a company's ("sl", "gmbh"), word for word.
        small_words: what an acronym leaves out or not ("de" in INE), and leading articles.
        articles: those that may open a name and be missing from it ("la").
        case_endings: of names, with which one name has several forms ("Warszawie").
        no_names: terms of business posts that are no names.
        conjunctions: that join two names of one kind ("y", "und").
    """

    salutations: Words = frozenset()
    titles: Words = frozenset()
    legal_forms: Words = frozenset()
    small_words: Words = frozenset()
    articles: Words = frozenset()
    case_endings: tuple[str, ...] = ()
    no_names: Words = frozenset()
    conjunctions: Words = frozenset()


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
        negations: words that turn a sentence's sense.
        contrasts: words that open a clause against the one before it.
        contrasts_behind_comma: those that do so behind a comma.
        greetings: greetings, thanks and congratulations, which are no names.
        dates: how dates are written; of English the names of months and days alone, since
            ``deployments/entities/dates.py`` writes out the rest.
        amounts: how sums and shares are written; none for English, likewise.
        promotion: how things are sold; none for English, likewise.
        phrases: what key phrases and names are made of.
        names: what stands beside names and within them.
        detection: what tells it from the languages near it.
    """

    code: str
    sentences: SentenceRules
    stop_words: Words
    negations: Words
    contrasts: Words
    contrasts_behind_comma: Words
    greetings: Words
    dates: DateRules
    amounts: AmountRules | None = None
    promotion: PromotionRules | None = None
    phrases: PhraseRules = PhraseRules()
    names: NameRules = NameRules()
    detection: DetectionRules = DetectionRules()
