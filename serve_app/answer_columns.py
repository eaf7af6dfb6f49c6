"""Answers as columns of Arrow: what people sort, filter and count by, typed, and the whole JSON.

:data:`COLUMNS` is the schema that ``docs/bulk.md`` describes. Knows no Ray and no file.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa

from deployments.results import ANALYSES
from serve_app.files.csv_columns import first_mentions
from serve_app.problems import Problem

#: Before the name of each column, so that it is not taken for one of the caller's.
PREFIX = "postlens_"

#: Marks a column of strings that are JSON.
JSON_MARK = {b"content": b"application/json"}

_EMPTY: Mapping[str, Any] = {}
#: The types of columns that have lists.
TEXTS = pa.list_(pa.string())
ENTITIES = pa.list_(pa.struct([("text", pa.string()), ("label", pa.string())]))


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """One column.

    Attributes:
        name: without the prefix.
        type: of its values; each may be null.
        value: takes it from an answer; None where that has none.
        analysis: that it belongs to; "" for those that every answer has.
    """

    name: str
    type: pa.DataType
    value: Callable[[Mapping[str, Any]], Any]
    analysis: str = ""


def _of(*path: str) -> Callable[[Mapping[str, Any]], Any]:
    """Takes the member at this path."""

    def value(answer: Mapping[str, Any]) -> Any:
        found: Any = answer
        for name in path:
            found = found.get(name) if found is not None else None
        return found

    return value


def _texts(*path: str) -> Callable[[Mapping[str, Any]], Any]:
    """Takes the ``text`` of each item of the list at this path."""
    items = _of(*path)

    def value(answer: Mapping[str, Any]) -> Any:
        found = items(answer)
        return None if found is None else [item["text"] for item in found]

    return value


def _entities(answer: Mapping[str, Any]) -> Any:
    items = answer.get("entities", _EMPTY).get("items")
    if items is None:
        return None
    return [{"text": item["text"], "label": item["label"]} for item in first_mentions(items)]


def _score(name: str, analysis: str, *path: str) -> AnswerColumn:
    return AnswerColumn(name, pa.float64(), _of(analysis, *path), analysis)


def _signal(kind: str) -> AnswerColumn:
    return AnswerColumn(kind, TEXTS, _texts("signals", kind))


#: The columns that answers have, in order; three of strings stand behind them.
COLUMNS = (
    AnswerColumn("digest", pa.string(), _of("digest")),
    AnswerColumn("language", pa.string(), _of("language", "code")),
    AnswerColumn("language_confidence", pa.float64(), _of("language", "confidence")),
    *map(_signal, ("hashtags", "mentions", "links", "emoji")),
    *(
        AnswerColumn(f"{name}_status", pa.string(), _of(name, "status"), name)
        for name in ANALYSES
    ),
    AnswerColumn("sentiment", pa.string(), _of("sentiment", "label"), "sentiment"),
    AnswerColumn("sentiment_mixed", pa.bool_(), _of("sentiment", "mixed"), "sentiment"),
    _score("sentiment_positive", "sentiment", "scores", "positive"),
    _score("sentiment_neutral", "sentiment", "scores", "neutral"),
    _score("sentiment_negative", "sentiment", "scores", "negative"),
    AnswerColumn("tone", pa.string(), _of("tone", "dominant"), "tone"),
    _score("tone_formality", "tone", "formality"),
    _score("tone_politeness", "tone", "politeness"),
    _score("tone_subjectivity", "tone", "subjectivity"),
    AnswerColumn("keywords", TEXTS, _texts("keywords", "items"), "keywords"),
    AnswerColumn("entities", ENTITIES, _entities, "entities"),
    _score("readability_ease", "readability", "ease"),
    _score("readability_grade", "readability", "grade"),
    AnswerColumn("readability_words", pa.int64(), _of("readability", "words"), "readability"),
    AnswerColumn(
        "readability_sentences", pa.int64(), _of("readability", "sentences"), "readability"
    ),
    _score("readability_reading_time_s", "readability", "reading_time_s"),
)  # fmt: skip

#: Of a row that was refused: what is wrong and what to do, and the type of the problem.
ERROR, ERROR_TYPE = "error", "error_type"
#: Of one that was answered: the whole answer as ``POST /v1/analyze`` gives it.
ANALYSIS = "analysis"


def columns_of(analyses: Iterable[str]) -> list[AnswerColumn]:
    """The columns of answers that have these analyses."""
    wanted = {"", *analyses}
    return [column for column in COLUMNS if column.analysis in wanted]


def answer_schema(analyses: Iterable[str], prefix: str = PREFIX) -> pa.Schema:
    """The names and types of :func:`answer_table`."""
    fields = [pa.field(prefix + column.name, column.type) for column in columns_of(analyses)]
    fields += [pa.field(prefix + name, pa.string()) for name in (ERROR, ERROR_TYPE)]
    return pa.schema([*fields, pa.field(prefix + ANALYSIS, pa.string(), metadata=JSON_MARK)])


def answer_table(
    answers: Sequence[bytes | Problem], analyses: Sequence[str], prefix: str = PREFIX
) -> pa.Table:
    """A row for each answer, in order, of the columns of :func:`answer_schema`.

    Args:
        answers: see :meth:`serve_app.in_process.LocalAnalyses.answers`.
        analyses: those that the answers have.
        prefix: before the name of each column.
    """
    schema = answer_schema(analyses, prefix)
    contents = [_EMPTY if isinstance(each, Problem) else orjson.loads(each) for each in answers]
    values = [list(map(column.value, contents)) for column in columns_of(analyses)]
    problems = [each if isinstance(each, Problem) else None for each in answers]
    values.append([p and _sentences(p) for p in problems])
    values.append([p and p.type.uri for p in problems])
    values.append([None if isinstance(each, Problem) else each.decode() for each in answers])
    arrays = [pa.array(each, field.type) for each, field in zip(values, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _sentences(problem: Problem) -> str:
    members = problem.as_dict(None)
    return f"{members['detail']} {members['fix']}"
