"""The conditions that terms and words answer, as one query of the index of terms.

A post is searched in the language that its words were indexed in. So the words that a caller looks
for are parsed by every language's configuration, and each reading of them holds only for posts
with the term of that language; all readings together are one tsquery.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from serve_app.posts.filter_parameters import refused
from serve_app.posts.filters import PostFilter
from serve_app.posts.searched_text import searched_query
from serve_app.posts.terms import (
    PLAIN_TEXT_SEARCH,
    TEXT_SEARCH,
    day_term,
    emotion_term,
    entity_term,
    has_not_term,
    has_term,
    rule_term,
    term,
)
from serve_app.problems import quote
from serve_app.store.connection import Connection
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent
#: More days than these are looked for by their months.
_DAYS_EACH = 10
_SENTIMENTS = ("positive", "neutral", "negative")


@dataclass(frozen=True, slots=True)
class ParsedWords:
    """What a caller looks for, as one language reads it.

    Attributes:
        query: a tsquery; empty where the language passes over all of the words.
        wanted: the part of it that says what has to be there; empty where it only leaves out.
    """

    query: str
    wanted: str

    @property
    def names_a_word(self) -> bool:
        """Whether it says what has to be there, not only what must not."""
        return bool(self.wanted)


#: By configuration of full-text search.
WordsByConfiguration = Mapping[str, ParsedWords]


async def parse_words(connection: Connection, q: str) -> WordsByConfiguration:
    """What every language makes of the words."""
    configurations = [*TEXT_SEARCH.values(), PLAIN_TEXT_SEARCH]
    rows = await connection.fetch(query("parse_words", _FOLDER), searched_query(q), configurations)
    return {row["configuration"]: ParsedWords(row["words"], row["wanted"]) for row in rows}


def search_query(filter: PostFilter, words: WordsByConfiguration) -> str | None:
    """The tsquery of a filter; None where it has no condition that terms answer.

    Args:
        filter: the conditions.
        words: what the languages make of its ``q``; empty where it has none.

    Raises:
        InvalidRequest: no language finds a word to look for in ``q``.
    """
    parts = list(_term_queries(filter))
    if filter.q is not None:
        narrowed = bool(parts) or filter.author is not None
        parts.append(_words_query(filter, words, narrowed=narrowed))
    return all_of(parts) if parts else None


def rank_query(filter: PostFilter, words: WordsByConfiguration) -> str:
    """The words alone, in all readings: what the rank of a post goes by."""
    readings = [words[configuration].query for _, configuration in _languages(filter)]
    return any_of(dict.fromkeys(reading for reading in readings if reading))


@dataclass(frozen=True, slots=True)
class MarkingQuery:
    """How the words are found in the posts of one language.

    Attributes:
        of_language: a tsquery for the posts of the language, or of all that have no own
            configuration.
        configuration: which reads their texts.
        words: a tsquery of what is wanted: what is left out may stand there, as a part of a phrase.
    """

    of_language: str
    configuration: str
    words: str


def marking_queries(filter: PostFilter, words: WordsByConfiguration) -> list[MarkingQuery]:
    """How the words are found in posts, by their language."""
    return [
        MarkingQuery(_of_languages([language]) or "", configuration, words[configuration].wanted)
        for language, configuration in _languages(filter)
    ]


def all_of(queries: Iterable[str]) -> str:
    """A tsquery for what meets all of these."""
    return " & ".join(queries)


def any_of(queries: Iterable[str]) -> str:
    """A tsquery for what meets one of these, in parentheses."""
    return f"({' | '.join(queries)})"


def lexeme(text: str) -> str:
    """A term as a tsquery has it."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def emotion_query(emotion: str, tenths: Iterable[int]) -> str:
    """A tsquery for posts with an emotion of one of so many tenths."""
    return any_of(lexeme(emotion_term(emotion, tenth)) for tenth in tenths)


def days_query(first: datetime, last: datetime) -> str:
    """A tsquery for posts of these days and, where they are many, of the rest of their months."""
    days = range((last.date() - first.date()).days + 1)
    terms = [day_term(first + timedelta(days=day)) for day in days]
    if len(terms) > _DAYS_EACH:
        months = dict.fromkeys(term[: -len("dd")] for term in terms)
        return any_of(f"{lexeme(month)}:*" for month in months)
    return any_of(map(lexeme, terms))


def _term_queries(filter: PostFilter) -> Iterable[str]:
    yield from map(lexeme, _terms(filter))
    if filter.mixed is False:
        yield any_of(lexeme(term("s", label)) for label in _SENTIMENTS)
        yield f"!{lexeme('x:mixed')}"
    for each in filter.emotions:
        yield emotion_query(each.emotion, range(min(each.thousandths // 100, 9), 10))


def _terms(filter: PostFilter) -> Iterable[str]:
    yield from (f"g:{tag}" for tag in filter.tags)
    for kind, value in (("l", filter.language), ("s", filter.sentiment), ("t", filter.tone)):
        if value is not None:
            yield term(kind, value)
    if filter.mixed:
        yield "x:mixed"
    for entity in filter.entities:
        yield entity_term(entity.text, entity.label) if entity.label else term("e", entity.text)
    for kind, names in (("k", filter.keywords), ("#", filter.hashtags), ("@", filter.mentions)):
        yield from (term(kind, name) for name in names)
    yield from (term("h", host) for host in filter.hosts)
    yield from map(has_term, filter.has)
    yield from map(has_not_term, filter.has_not)
    if filter.rule:
        yield rule_term(filter.rule)


def _words_query(filter: PostFilter, words: WordsByConfiguration, *, narrowed: bool) -> str:
    """The words in all readings, each for the posts of the languages that read them so.

    Args:
        filter: with ``q``.
        words: its readings.
        narrowed: whether something else says what has to be there.
    """
    plain = words[PLAIN_TEXT_SEARCH]
    only_leaves_out = bool(plain.query) and not plain.names_a_word
    languages: dict[str, list[str | None]] = {}
    for language, configuration in _languages(filter):
        parsed = words[configuration]
        # Words that are only left out, and that this language passes over, leave nothing out.
        if parsed.names_a_word or (narrowed and (parsed.query or only_leaves_out)):
            languages.setdefault(parsed.query, []).append(language)
    if not languages:
        raise refused(
            "unsearchable-query",
            f"{quote(filter.q or '')} names no word to look for.",
            "Add a word; those that are in every text, such as 'the', do not count, and one that "
            "is left out only beside another condition.",
        )
    if filter.language is not None:  # its term is asked for anyway
        return any_of(languages)
    return any_of(_reading(query, codes) for query, codes in languages.items())


def _reading(query: str, languages: Sequence[str | None]) -> str:
    """A tsquery for what these languages make of the words."""
    of_languages = _of_languages(languages)
    parts = [part for part in (of_languages, query and f"({query})") if part]
    return f"({all_of(parts)})"


def _of_languages(languages: Sequence[str | None]) -> str | None:
    """A tsquery for the posts that are indexed in these; None is all that have no own one.

    None for all posts: every term more that is asked of an index takes it time.
    """
    terms = {language: lexeme(term("l", language)) for language in TEXT_SEARCH}
    if None not in languages:
        return any_of(terms[language] for language in languages if language)
    others = [f"!{terms[language]}" for language in TEXT_SEARCH if language not in languages]
    return all_of(others) if others else None


def _languages(filter: PostFilter) -> Iterable[tuple[str | None, str]]:
    """The languages that the posts may be indexed in, None for all others, with configurations."""
    if filter.language is None:
        yield from TEXT_SEARCH.items()
        yield None, PLAIN_TEXT_SEARCH
    elif filter.language in TEXT_SEARCH:
        yield filter.language, TEXT_SEARCH[filter.language]
    else:
        yield None, PLAIN_TEXT_SEARCH
