"""One answer as a row of a CSV file: what people sort and filter by, one value a column.

The full answer, with every offset and score, is what the JSONL output is for.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from deployments.results import ANALYSES

_READABILITY = ("ease", "grade", "flesch_reading_ease", "words", "sentences", "reading_time_s")
#: The formulas of other languages than English.
_FORMULAS = (
    "lix", "flesch_amstad", "wiener_sachtextformel", "kandel_moles", "fernandez_huerta",
    "szigriszt_pazos", "inflesz", "flesch_martins", "gulpease", "flesch_douma", "pisarek",
    "pisarek_linear",
)  # fmt: skip

_EMPTY: Mapping[str, Any] = {}

#: What an analysis has, in order. Lists are joined with "; "; what an answer lacks is empty.
ANALYSIS_COLUMNS = (
    *(f"{name}_status" for name in ANALYSES),
    "sentiment", "mixed", "positive", "neutral", "negative",
    "tone", "tone_evidence", "formality", "politeness", "subjectivity",
    "keywords", "entities",
    *_READABILITY,
    "hashtags", "mentions", "links", "emoji",
    *_FORMULAS,
)  # fmt: skip

#: The columns of a row.
COLUMNS = (
    "line", "id", "error", "digest", "language", "language_confidence", *ANALYSIS_COLUMNS,
)  # fmt: skip


def csv_row(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The values of :data:`COLUMNS` for one line of the JSONL output."""
    language = answer.get("language", _EMPTY)
    return {
        "line": answer["line"],
        "id": answer["id"],
        "error": answer.get("error", _EMPTY).get("detail"),
        "digest": answer.get("digest"),
        "language": language.get("code"),
        "language_confidence": language.get("confidence"),
        **analysis_cells(answer),
    }


def analysis_cells(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The values of :data:`ANALYSIS_COLUMNS`."""
    section = {name: answer.get(name, _EMPTY) for name in ANALYSES}
    return {
        **{f"{name}_status": section[name].get("status") for name in ANALYSES},
        **_sentiment_and_tone(section["sentiment"], section["tone"]),
        "keywords": _texts(section["keywords"].get("items", ())),
        "entities": _entities(section["entities"].get("items", ())),
        **_values(section["readability"], _READABILITY),
        **_signals(answer.get("signals", _EMPTY)),
        **_values(section["readability"], _FORMULAS),
    }


def _sentiment_and_tone(sentiment: Mapping[str, Any], tone: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "sentiment": sentiment.get("label"),
        "mixed": sentiment.get("mixed"),
        **_values(sentiment.get("scores", _EMPTY), ("positive", "neutral", "negative")),
        "tone": tone.get("dominant"),
        "tone_evidence": _spans(tone.get("evidence", ())),
        **_values(tone, ("formality", "politeness", "subjectivity")),
    }


def _signals(signals: Mapping[str, Any]) -> dict[str, Any]:
    kinds = ("hashtags", "mentions", "links", "emoji")
    return {kind: _texts(signals.get(kind, ())) for kind in kinds}


def _values(values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: values.get(name) for name in names}


def joined(texts: Iterable[str]) -> str:
    """Texts as one value of a table."""
    return "; ".join(texts)


def joined_entities(items: Iterable[Mapping[str, Any]]) -> str:
    """Entities as one value of a table, each with its label."""
    return joined(f"{item['text']} ({item['label']})" for item in items)


def _texts(items: Any) -> str:
    return joined(item["text"] for item in items)


def _spans(items: Any) -> str:
    return joined(f"{item['start']}-{item['end']}" for item in items)


def _entities(items: Any) -> str:
    """Each entity once, as it is first named."""
    return joined_entities(first_mentions(items))


def first_mentions(items: Any) -> list[Mapping[str, Any]]:
    """The first item of each group, in the order of the text."""
    first: dict[int, Mapping[str, Any]] = {}
    for item in items:
        first.setdefault(item["group"], item)
    return list(first.values())
