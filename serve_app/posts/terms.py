"""What a post is found by beside its words: terms, and numbers in columns of their own.

Terms are lexemes of the column ``search``, beside those of the text; a prefix keeps them apart, so
that any number of conditions is one query of one index. Pure: knows no database.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from deployments.results import EMOTIONS

#: Emotions below this tell nothing, and would be most of the terms.
LEAST_EMOTION = 0.1
#: Bytes of one lexeme are limited (2,046); a longer name is found by its beginning.
MAX_TERM_CHARACTERS = 200

#: A label of the models, or one that people made up.
ENTITY_LABEL = re.compile(r"[A-Z][A-Z0-9_]{0,31}")

#: Configurations of Postgres' full-text search by language; all others take words as they are.
TEXT_SEARCH = {
    "en": "english",
    "es": "spanish",
    "pt": "portuguese",
    "fr": "french",
    "de": "german",
    "it": "italian",
    "nl": "dutch",
    "sv": "swedish",
    "da": "danish",
}
PLAIN_TEXT_SEARCH = "simple"


class Findable(NamedTuple):
    """The columns that a post is found and sorted by.

    Attributes:
        configuration: of full-text search, for the words of the text.
        terms: sorted, each once.
        sentiment: probability of positive less that of negative, -1 to 1.
        emotions: full thousandths, in the order of ``EMOTIONS``.

    The numbers are None where their section has no result.
    """

    configuration: str
    terms: tuple[str, ...]
    sentiment: float | None = None
    formality: float | None = None
    politeness: float | None = None
    subjectivity: float | None = None
    ease: float | None = None
    words: int | None = None
    emotions: tuple[int, ...] | None = None


def findable(
    analysis: Mapping[str, Any] | None,
    *,
    language: str | None = None,
    author: str | None = None,
    url: str | None = None,
    tags: Sequence[str] = (),
    published_at: datetime | None = None,
) -> Findable:
    """What a post is found by.

    Args:
        analysis: the answer of /v1/analyze; None before there is one.
        language: as the caller told it; it counts before the one that was detected.
        author, url, tags, published_at: of the post.
    """
    if analysis and not language:
        language = analysis.get("language", {}).get("code")
    configuration = TEXT_SEARCH.get(language or "", PLAIN_TEXT_SEARCH)
    terms = _own_terms(language, bool(author), bool(url), tuple(tags))
    if published_at:
        terms = (*terms, _day_term(published_at.astimezone(UTC).date()))
    if not analysis:
        return Findable(configuration, tuple(sorted(terms)))
    terms = (*{*terms, *_analysis_terms(analysis)},)
    scores = _result(analysis, "sentiment").get("scores")
    tone = _result(analysis, "tone")
    readability = _result(analysis, "readability")
    return Findable(
        configuration=configuration,
        terms=tuple(sorted(terms)),
        sentiment=scores and round(scores["positive"] - scores["negative"], 4),
        formality=tone.get("formality"),
        politeness=tone.get("politeness"),
        subjectivity=tone.get("subjectivity"),
        ease=readability.get("ease"),
        words=readability.get("words"),
        emotions=_thousandths(tone.get("emotions")),
    )


def term(kind: str, *parts: str) -> str:
    """A term: its kind, then its parts as they are compared, in lower case without outer space."""
    return ":".join((kind, *(folded(part) for part in parts)))


def folded(text: str) -> str:
    """A name as it is compared: case, spaces and how an apostrophe is set make no difference."""
    return " ".join(text.casefold().replace("’", "'").split())[:MAX_TERM_CHARACTERS]


def entity_term(text: str, label: str) -> str:
    """The term of an entity with its label."""
    return f"{term('e', text)}:{label}"


def day_term(time: datetime) -> str:
    """The term of a day, UTC; its beginnings are those of the month and the year."""
    return _day_term(time.astimezone(UTC).date())


def emotion_term(emotion: str, tenth: int) -> str:
    """The term of an emotion of so many full tenths, 1 to 9; 1.0 counts as nine."""
    return f"m:{emotion}:{tenth}"


def rule_term(rule_id: str) -> str:
    """The term of a post that a rule has changed."""
    return f"r:{rule_id}"


#: By the thousand while a file is imported, and few of them differ.
@lru_cache(maxsize=1_024)
def _own_terms(
    language: str | None, has_author: bool, has_url: bool, tags: tuple[str, ...]
) -> tuple[str, ...]:
    """What a post is found by before it is analysed, but for its day; each once."""
    terms = {f"g:{tag}" for tag in tags}
    terms |= {_has("author", has_author), _has("url", has_url), _has("tags", tags)}
    if language:
        terms.add(term("l", language))
    return tuple(terms)


@lru_cache(maxsize=1_024)
def _day_term(day: date) -> str:
    return f"d:{day:%Y%m%d}"


def _analysis_terms(analysis: Mapping[str, Any]) -> Iterator[str]:
    yield from _signal_terms(analysis.get("signals", {}))
    sentiment, tone = _result(analysis, "sentiment"), _result(analysis, "tone")
    if sentiment:
        yield f"s:{sentiment['label']}"
        if sentiment["mixed"]:
            yield "x:mixed"
    if tone:
        yield f"t:{tone['dominant']}"
        for emotion, score in tone["emotions"].items():
            if tenth := min(_thousandth(score) // 100, 9):
                yield emotion_term(emotion, tenth)
    if keywords := _result(analysis, "keywords"):
        yield from (term("k", item["text"]) for item in keywords["items"])
        yield _has("keywords", keywords["items"])
    if entities := _result(analysis, "entities"):
        yield from _entity_terms(entities["items"])
    yield from _correction_terms(analysis)


def _correction_terms(analysis: Mapping[str, Any]) -> Iterator[str]:
    """That it was corrected, and by which rules (:mod:`serve_app.corrections.sections.changes`)."""
    sections = (part for part in analysis.values() if isinstance(part, Mapping))
    entries = [entry for section in sections for entry in section.get("corrected", ())]
    yield _has("corrected", entries)
    yield from (rule_term(entry["rule"]) for entry in entries if entry["rule"])


def _entity_terms(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for item in items:
        yield term("e", item["text"])
        yield entity_term(item["text"], item["label"])
    yield _has("entities", items)


def _signal_terms(signals: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    for name, items in signals.items():
        yield _has(name, items)
    for item in signals.get("hashtags", ()):
        yield term("#", item["text"].lstrip("#＃"))
    for item in signals.get("mentions", ()):
        yield term("@", item["text"].lstrip("@＠"))
    for item in signals.get("links", ()):
        if host := link_host(item["text"]):
            yield term("h", host)


def link_host(link: str) -> str:
    """The host of a link as it was written, without ``www.``; empty where it has none."""
    try:
        host = urlsplit(link if "//" in link else f"//{link}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def has_term(name: str) -> str:
    """The term of posts that have such parts."""
    return f"has:{name}"


def has_not_term(name: str) -> str:
    """The term of posts that are known to have none: no index finds a post by what it lacks."""
    return f"n:{name}"


def _has(name: str, items: object) -> str:
    return has_term(name) if items else has_not_term(name)


def _result(analysis: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A section that has a result; empty otherwise."""
    section: Mapping[str, Any] = analysis.get(name, {})
    return section if section.get("status") == "ok" else {}


def _thousandths(emotions: Mapping[str, float] | None) -> tuple[int, ...] | None:
    if emotions is None:
        return None
    return tuple(_thousandth(emotions[name]) for name in EMOTIONS)


def _thousandth(score: float) -> int:
    """Rounded down, so that a post is never taken for one with more of an emotion than it has."""
    return int(1000 * score)
