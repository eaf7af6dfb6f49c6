"""The conditions on posts once more, in plain Python over the posts as they were made up.

Written from the documentation of the filters, not from the code that asks the database.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from serve_app.posts.filters import PostFilter
from tests.services.generated_posts import GeneratedPost


def meets(filter: PostFilter, post: GeneratedPost) -> bool:
    """Whether a post meets all conditions."""
    return all(CONDITIONS[name](value, post) for name, value in _conditions(filter))


def sort_key(name: str, post: GeneratedPost) -> tuple[Any, ...] | None:
    """What a post is sorted by, larger later; None where it is not in the list."""
    kind = name.removeprefix("-")
    if kind.startswith("emotion:"):
        score = _tone(post).get("emotions", {}).get(kind.removeprefix("emotion:"), 0)
        tenth = min(int(score * 10), 9)
        return (tenth, post.post.published_at, post.id) if tenth else None
    value = SORT_VALUES[kind](post)
    return None if value is None else (value, post.id)


def _conditions(filter: PostFilter) -> Iterable[tuple[str, Any]]:
    for name in CONDITIONS:
        value = getattr(filter, name)
        if value not in (None, ()):
            yield name, value


def _section(post: GeneratedPost, name: str) -> Mapping[str, Any]:
    section = (post.analysis or {}).get(name, {})
    return section if section.get("status") == "ok" else {}


def _sentiment(post: GeneratedPost) -> Mapping[str, Any]:
    return _section(post, "sentiment")


def _tone(post: GeneratedPost) -> Mapping[str, Any]:
    return _section(post, "tone")


def _score(post: GeneratedPost) -> float | None:
    scores = _sentiment(post).get("scores")
    return round(scores["positive"] - scores["negative"], 4) if scores else None


def _ease(post: GeneratedPost) -> float | None:
    return _section(post, "readability").get("ease")


def _signals(post: GeneratedPost, name: str) -> list[str]:
    signals = (post.analysis or {}).get("signals", {})
    return [each["text"] for each in signals.get(name, ())]


def _texts(post: GeneratedPost, section: str) -> set[str]:
    return {" ".join(each["text"].lower().split()) for each in _section(post, section)["items"]}


def _has_emotions(wanted: Any, post: GeneratedPost) -> bool:
    emotions = _tone(post).get("emotions", {})
    return all(
        emotions and int(emotions[each.emotion] * 1000) >= each.thousandths for each in wanted
    )


def _has_entities(wanted: Any, post: GeneratedPost) -> bool:
    items = _section(post, "entities").get("items", ())
    there = {(each["text"].lower(), each["label"]) for each in items}
    texts = {text for text, _ in there}
    return all(
        (each.text, each.label) in there if each.label else each.text in texts for each in wanted
    )


def _parts(post: GeneratedPost) -> tuple[set[str], set[str]]:
    """What the post has, and what it is known to have none of."""
    content = post.post.content
    parts: dict[str, Any] = {"author": content.author, "url": content.url, "tags": content.tags}
    if post.analysis:
        parts |= {name: _signals(post, name) for name in ("hashtags", "mentions", "links", "emoji")}
    for name in ("keywords", "entities"):
        if section := _section(post, name):
            parts[name] = section["items"]
    return {n for n, v in parts.items() if v}, {n for n, v in parts.items() if not v}


def _says(q: str, post: GeneratedPost) -> bool:
    """The few forms of a query that the tests use: words, -word, "a phrase", a or b."""
    if " or " in q:
        return any(_says(part, post) for part in q.split(" or "))
    if q.startswith('"'):
        phrase = q.strip('"').split()
        length = len(phrase)
        starts = range(len(post.words) - length + 1)
        return any(list(post.words[start : start + length]) == phrase for start in starts)
    words = q.split()
    return all(
        word[1:] not in post.words if word.startswith("-") else word in post.words for word in words
    )


def _hosts(post: GeneratedPost) -> set[str]:
    links = (link.partition("://")[2] or link for link in _signals(post, "links"))
    return {link.partition("/")[0].removeprefix("www.") for link in links}


CONDITIONS: dict[str, Callable[[Any, GeneratedPost], bool]] = {
    "author": lambda value, post: post.post.content.author == value,
    "tags": lambda value, post: set(value) <= set(post.post.content.tags),
    "since": lambda value, post: post.post.published_at >= value,
    "until": lambda value, post: post.post.published_at < value,
    "language": lambda value, post: post.language == value,
    "sentiment": lambda value, post: _sentiment(post).get("label") == value,
    "sentiment_min": lambda value, post: (s := _score(post)) is not None and s >= value,
    "sentiment_max": lambda value, post: (s := _score(post)) is not None and s <= value,
    "mixed": lambda value, post: _sentiment(post).get("mixed") is value,
    "tone": lambda value, post: _tone(post).get("dominant") == value,
    "emotions": _has_emotions,
    "entities": _has_entities,
    "keywords": lambda value, post: bool(
        _section(post, "keywords") and set(value) <= _texts(post, "keywords")
    ),
    "hashtags": lambda value, post: (
        set(value) <= {each.lstrip("#").lower() for each in _signals(post, "hashtags")}
    ),
    "mentions": lambda value, post: (
        set(value) <= {each.lstrip("@").lower() for each in _signals(post, "mentions")}
    ),
    "hosts": lambda value, post: set(value) <= _hosts(post),
    "ease_min": lambda value, post: (e := _ease(post)) is not None and e >= value,
    "ease_max": lambda value, post: (e := _ease(post)) is not None and e <= value,
    "has": lambda value, post: set(value) <= _parts(post)[0],
    "has_not": lambda value, post: set(value) <= _parts(post)[1],
    "state": lambda value, post: post.post.state == value,
    "q": _says,
}

SORT_VALUES: dict[str, Callable[[GeneratedPost], Any]] = {
    "time": lambda post: post.post.published_at,
    "sentiment": _score,
    "ease": _ease,
    "formality": lambda post: _tone(post).get("formality"),
    "politeness": lambda post: _tone(post).get("politeness"),
    "subjectivity": lambda post: _tone(post).get("subjectivity"),
    "words": lambda post: _section(post, "readability").get("words"),
}
