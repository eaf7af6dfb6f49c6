"""Texts with answers as the models might give them, made up by hypothesis."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

WORDS = ("War", "zone", "Target", "Shell", "we", "are", "hiring", "Berlin", "net", "Zero", "🚀")
PHRASES = ("war zone", "Target", "Shell", "we are hiring", "net zero", "zone", "Berlin")
POLARITIES = ("positive", "neutral", "negative")
LABELS = ("ORG", "LOC", "PRODUCT")


@dataclass(frozen=True, slots=True)
class Text:
    """What rules look at beside the answer."""

    text: str
    language: str | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()


@st.composite
def analysed_texts(draw: st.DrawFn) -> tuple[Text, dict[str, Any]]:
    """A text of up to some sentences, and its answer."""
    sentences = draw(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), max_size=4))
    text = " ".join(" ".join(words) + "." for words in sentences) or "🚀"
    spans, start = [], 0
    for words in sentences:
        end = start + len(" ".join(words)) + 1
        spans.append((start, end))
        start = end + 1
    words_at = _word_spans(text)
    author = draw(st.sampled_from((None, "anna")))
    tags = draw(st.sampled_from(((), ("launch",))))
    post = Text(text, draw(st.sampled_from((None, "de"))), author, tags)
    return post, {
        "digest": "0" * 64,
        "language": {"code": "en", "confidence": 1.0},
        "signals": {"hashtags": [], "mentions": [], "links": [], "emoji": []},
        "sentiment": draw(_sentiment(spans)),
        "tone": draw(_tone()),
        "keywords": draw(_keywords(text, words_at)),
        "entities": draw(_entities(text, words_at)),
        "readability": {"status": "ok", "ease": 50.0, "words": len(words_at)},
    }


def _word_spans(text: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for part in text.split(" "):
        spans.append((start, start + len(part.rstrip("."))))
        start += len(part) + 1
    return [(a, b) for a, b in spans if a < b]


@st.composite
def _sentiment(draw: st.DrawFn, spans: list[tuple[int, int]]) -> dict[str, Any]:
    weights = draw(st.lists(st.integers(0, 100), min_size=3, max_size=3))
    total = sum(weights) or 1
    scores = {name: each / total for name, each in zip(POLARITIES, weights, strict=True)}
    labels = [draw(st.sampled_from(POLARITIES)) for _ in spans]
    certainty = [draw(st.integers(34, 100)) / 100 for _ in spans]
    return {
        "status": draw(st.sampled_from(("ok", "ok", "ok", "timeout"))),
        "label": max(scores, key=lambda name: scores[name]),
        "mixed": draw(st.booleans()),
        "scores": scores,
        "sentences": [
            {"start": a, "end": b, "label": label, "score": score}
            for (a, b), label, score in zip(spans, labels, certainty, strict=True)
        ],
    }


@st.composite
def _tone(draw: st.DrawFn) -> dict[str, Any]:
    evidence = draw(st.sampled_from(([], [{"start": 0, "end": 1, "score": 0.5}])))
    dominant = draw(st.sampled_from(("grateful", "critical")))
    return {"status": "ok", "dominant": dominant, "evidence": evidence, "emotions": {}}


@st.composite
def _keywords(draw: st.DrawFn, text: str, words: list[tuple[int, int]]) -> dict[str, Any]:
    chosen = draw(st.permutations(range(len(words)))) if words else []
    items: dict[str, dict[str, Any]] = {}
    for number in chosen[: draw(st.integers(0, 5))]:
        start, end = words[number]
        items.setdefault(
            text[start:end].lower(),
            {
                "text": text[start:end], "score": draw(st.integers(0, 100)) / 100, "start": start,
                "end": end, "occurrences": [{"start": start, "end": end}],
            },
        )  # fmt: skip
    return {"status": "ok", "items": list(items.values())}


@st.composite
def _entities(draw: st.DrawFn, text: str, words: list[tuple[int, int]]) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    number = 0
    while number < len(words):
        length = draw(st.integers(0, 3))
        if length:
            start, end = words[number][0], words[min(number + length, len(words)) - 1][1]
            items.append(
                {
                    "text": text[start:end], "label": draw(st.sampled_from(LABELS)), "start": start,
                    "end": end, "score": 0.5, "group": len(items),
                }
            )  # fmt: skip
        number += max(1, length)
    return {"status": "ok", "items": items}
