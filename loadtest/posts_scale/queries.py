"""The kinds of requests that are measured, each with values drawn anew. Pure: sends nothing."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from loadtest.posts_scale.made_posts import (
    AUTHORS,
    ENTITIES,
    HASHTAGS,
    HOSTS,
    KEYWORDS,
    MENTIONS,
    TAGS,
)
from loadtest.posts_scale.vocabulary import WORDS, word, words

Parameters = Mapping[str, Any]

#: Of the texts that the models have read, so that they stand behind and beside each other.
_COMMON = ("people", "year", "team", "work", "company", "week", "data", "customers", "profit")
_PHRASES = ("million euros", "operating profit", "last year", "third quarter", "order intake")


@dataclass(frozen=True, slots=True)
class RequestKind:
    """Requests of one kind.

    Attributes:
        name: in the report.
        parameters: of one request.
        path: that it is sent to.
        pages: which page is timed, from 1; those before are turned without being timed.
    """

    name: str
    parameters: Callable[["RequestValues"], Parameters]
    path: str = "/v1/posts"
    pages: int = 1


class RequestValues:
    """What requests ask for, drawn from what posts have."""

    def __init__(self, rng: random.Random, first: datetime, last: datetime) -> None:
        """Posts lie between two moments."""
        self._random = rng
        self._first, self._last = first, last
        self._words = words()

    def author(self) -> str:
        """One of 200."""
        return AUTHORS.draw(self._random)[0]

    def tag(self) -> str:
        """A campaign."""
        return TAGS.draw(self._random)[0]

    def entity(self) -> str:
        """A name, in any kind."""
        return ENTITIES.draw(self._random)[0][0]

    def labelled_entity(self) -> str:
        """A name with its label."""
        return ":".join(ENTITIES.draw(self._random)[0])

    def rare_entity(self) -> str:
        """A name that few posts have."""
        return self._random.choice(ENTITIES.things[-4_000:])[0]

    def keyword(self) -> str:
        """A key phrase."""
        return KEYWORDS.draw(self._random)[0]

    def hashtag(self) -> str:
        """With its sign."""
        return HASHTAGS.draw(self._random)[0]

    def mention(self) -> str:
        """With its sign."""
        return MENTIONS.draw(self._random)[0]

    def host(self) -> str:
        """Of a link."""
        return HOSTS.draw(self._random)[0]

    def word(self) -> str:
        """Frequent or rare, as texts have them."""
        return self._words.draw(self._random)[0]

    def rare_word(self) -> str:
        """In some tens of a million posts."""
        return word(self._random.randrange(WORDS // 2, WORDS))

    def common(self) -> str:
        """In every tenth post or so."""
        return self._random.choice(_COMMON)

    def phrase(self) -> str:
        """Words that stand behind each other in some posts."""
        return f'"{self._random.choice(_PHRASES)}"'

    def of(self, *choices: Any) -> Any:
        """One of these."""
        return self._random.choice(choices)

    def number(self, low: float, high: float) -> float:
        """A number in a range, to two digits."""
        return round(self._random.uniform(low, high), 2)

    def month(self) -> Parameters:
        """Four weeks somewhere in the years."""
        since = self._moment(28)
        return {"since": _date(since), "until": _date(since + timedelta(days=28))}

    def week(self) -> Parameters:
        """A week somewhere in the years."""
        since = self._moment(7)
        return {"since": _date(since), "until": _date(since + timedelta(days=7))}

    def since(self) -> str:
        """A day of the years."""
        return _date(self._moment(3))

    def last_days(self, days: int) -> str:
        """The day so many days before the last."""
        return _date(self._last - timedelta(days=days))

    def _moment(self, before_the_end: int) -> datetime:
        span = self._last - timedelta(days=before_the_end) - self._first
        return self._first + self._random.random() * span


def _date(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d}"


_K = RequestKind
#: Each parameter by itself.
FILTERS = (
    _K("no condition", lambda v: {}),
    _K("author", lambda v: {"author": v.author()}),
    _K("tag", lambda v: {"tag": v.tag()}),
    _K("since", lambda v: {"since": v.since()}),
    _K("a week", lambda v: v.week()),
    _K("four weeks, oldest first", lambda v: {**v.month(), "sort": "time"}),
    _K("language", lambda v: {"language": v.of("en", "de", "fr", "es", "pl")}),
    _K("sentiment", lambda v: {"sentiment": v.of("positive", "neutral", "negative")}),
    _K("sentiment from", lambda v: {"sentiment_min": v.number(0.3, 0.95)}),
    _K("sentiment between", lambda v: {"sentiment_min": (a := v.number(-0.8, 0.8)),
                                       "sentiment_max": round(a + 0.05, 2)}),
    _K("mixed", lambda v: {"mixed": v.of("true", "false")}),
    _K("tone", lambda v: {"tone": v.of("grateful", "informative", "concerned", "enthusiastic")}),
    _K("emotion", lambda v: {"emotion": f"{v.of('joy', 'pride', 'fear')}>={v.number(0.1, 0.6)}"}),
    _K("entity", lambda v: {"entity": v.entity()}),
    _K("rare entity", lambda v: {"entity": v.rare_entity()}),
    _K("entity with label", lambda v: {"entity": v.labelled_entity()}),
    _K("keyword", lambda v: {"keyword": v.keyword()}),
    _K("hashtag", lambda v: {"hashtag": v.hashtag()}),
    _K("mention", lambda v: {"mention": v.mention()}),
    _K("host", lambda v: {"host": v.host()}),
    _K("ease between", lambda v: {"ease_min": (a := v.number(20, 80)), "ease_max": a + 2}),
    _K("has", lambda v: {"has": [v.of("links", "emoji"), v.of("mentions", "tags", "url")]}),
    _K("has not", lambda v: {"has_not": v.of("hashtags", "author", "links", "keywords")}),
    _K("state", lambda v: {"state": v.of("failed", "analysed", "pending")}),
)  # fmt: skip
#: Several at once.
COMBINED = (
    _K("author, sentiment", lambda v: {"author": v.author(), "sentiment": "negative"}),
    _K("author, since, tag", lambda v: {"author": v.author(), "since": v.since(), "tag": v.tag()}),
    _K("entity, sentiment", lambda v: {"entity": v.entity(), "sentiment": "negative"}),
    _K("two entities", lambda v: {"entity": [v.entity(), v.entity()]}),
    _K("entity, week", lambda v: {"entity": v.entity(), **v.week()}),
    _K("tag, language", lambda v: {"tag": v.tag(), "language": v.of("de", "fr")}),
    _K("hashtag, tone, ease", lambda v: {"hashtag": v.hashtag(), "tone": "grateful",
                                         "ease_min": 40}),
    _K("keyword, month, has", lambda v: {"keyword": v.keyword(), "has": "links", **v.month()}),
    _K("words, author", lambda v: {"q": v.common(), "author": v.author()}),
    _K("words, entity, since", lambda v: {"q": v.common(), "entity": v.entity(),
                                          "since": v.since()}),
    _K("six conditions", lambda v: {"q": v.common(), "language": "en", "sentiment": "positive",
                                    "has": "links", "ease_min": 30, **v.month()}),
)  # fmt: skip
#: By the words of texts; the default order of these is by relevance.
SEARCHES = (
    _K("a common word", lambda v: {"q": v.common()}),
    _K("a word", lambda v: {"q": v.word()}),
    _K("a rare word", lambda v: {"q": v.rare_word()}),
    _K("two words", lambda v: {"q": f"{v.common()} {v.word()}"}),
    _K("three common words", lambda v: {"q": f"{v.common()} {v.common()} {v.common()}"}),
    _K("a phrase", lambda v: {"q": v.phrase()}),
    _K("a phrase, newest first", lambda v: {"q": v.phrase(), "sort": "-time"}),
    _K("words or words", lambda v: {"q": f"{v.word()} or {v.rare_word()}"}),
    _K("a word without another", lambda v: {"q": f"{v.common()} -{v.common()}"}),
    _K("a common word, newest first", lambda v: {"q": v.common(), "sort": "-time"}),
    _K("a rare word, oldest first", lambda v: {"q": v.rare_word(), "sort": "time"}),
    _K("a word of no post", lambda v: {"q": "unheardof"}),
)
#: By other orders than the newest first.
ORDERS = (
    _K("sentiment, from above", lambda v: {"sort": "-sentiment"}),
    _K("formality", lambda v: {"sort": "formality"}),
    _K("ease, of a tag", lambda v: {"sort": "-ease", "tag": v.tag()}),
    _K("sentiment, of an entity", lambda v: {"sort": "sentiment", "entity": v.entity()}),
    _K("sentiment, of an author", lambda v: {"sort": "sentiment", "author": v.author()}),
    _K("words, of four weeks", lambda v: {"sort": "-words", **v.month()}),
    _K("emotion", lambda v: {"sort": f"-emotion:{v.of('joy', 'pride', 'anger', 'grief')}"}),
    _K("emotion, of a tag", lambda v: {"sort": "-emotion:joy", "tag": v.tag()}),
    _K("emotion, of a word", lambda v: {"sort": "-emotion:pride", "q": v.word()}),
)
#: Pages far behind the first, summaries, large pages.
PAGES = (
    _K("20th page", lambda v: {}, pages=20),
    _K("20th page of a sentiment", lambda v: {"sentiment": "negative"}, pages=20),
    _K("20th page of an entity", lambda v: {"entity": ENTITIES.things[0][0]}, pages=20),
    _K("20th page of a common word", lambda v: {"q": v.common(), "sort": "-time"}, pages=20),
    _K("8th page by relevance", lambda v: {"q": v.common()}, pages=8),
    _K("20th page by sentiment", lambda v: {"sort": "sentiment"}, pages=20),
    _K("20th page by emotion", lambda v: {"sort": "-emotion:joy"}, pages=20),
    _K("200 summaries", lambda v: {"limit": 200, "view": "summary", "since": v.since()}),
    _K("200 posts", lambda v: {"limit": 200, "tag": v.tag()}),
)
#: With the number of posts in the list.
COUNTS = (
    _K("count of all", lambda v: {"count": "true"}),
    _K("count, an author", lambda v: {"count": "true", "author": v.author()}),
    _K("count, a sentiment", lambda v: {"count": "true", "sentiment": "negative"}),
    _K("count, an entity", lambda v: {"count": "true", "entity": v.entity()}),
    _K("count, a common word", lambda v: {"count": "true", "q": v.common()}),
    _K("count, a rare word", lambda v: {"count": "true", "q": v.rare_word()}),
    _K("count, four weeks", lambda v: {"count": "true", **v.month()}),
    _K("count, ease between", lambda v: {"count": "true", "ease_min": 40, "ease_max": 45}),
)
GROUPS: Mapping[str, Sequence[RequestKind]] = {
    "One condition": FILTERS,
    "Several conditions": COMBINED,
    "Words": SEARCHES,
    "Orders": ORDERS,
    "Pages": PAGES,
    "Counts": COUNTS,
}


def _trend(name: str, **parameters: Any) -> RequestKind:
    def given(values: RequestValues) -> Parameters:
        return {"since": values.last_days(365), **parameters}

    return RequestKind(name, given, path="/v1/trends")


def _rising(days: int) -> RequestKind:
    return RequestKind(
        f"rising terms, {days} days", lambda v: {"days": days}, path="/v1/trends/terms"
    )


_TOP = [text for text, _ in ENTITIES.things[:3]]
#: Over a year.
TRENDS = (
    _trend("posts by day", measure="posts", bucket="day"),
    _trend("sentiment by day", measure="sentiment", bucket="day"),
    _trend("sentiment by day, an author", measure="sentiment", bucket="day",
           author=AUTHORS.things[3]),
    _trend("sentiment by week, a tag", measure="sentiment", bucket="week", tag=TAGS.things[0]),
    _trend("sentiment by week, an entity", measure="sentiment", bucket="week", entity=_TOP[0]),
    _trend("tone by week", measure="tone", bucket="week"),
    _trend("emotions by day", measure="emotions", bucket="day"),
    _trend("ease by day", measure="ease", bucket="day"),
    _trend("words by month", measure="words", bucket="month"),
    _trend("posts by week, by author", measure="posts", bucket="week", by="author"),
    _trend("sentiment by month, by tag", measure="sentiment", bucket="month", by="tag"),
    _trend("share of voice by month", measure="share", bucket="month", share_of=",".join(_TOP)),
    _trend("frequent entities by month", measure="entities", bucket="month"),
    _trend("frequent keywords by month", measure="keywords", bucket="month"),
    _trend("frequent hashtags by month", measure="hashtags", bucket="month"),
    _trend("three entities by day", measure="entities", bucket="day", entity=_TOP),
    _rising(7),
    _rising(30),
    _rising(92),
)  # fmt: skip


def lists() -> Iterator[RequestKind]:
    """All kinds of lists."""
    for kinds in GROUPS.values():
        yield from kinds
