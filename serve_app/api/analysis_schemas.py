"""The JSON schemas of the answers, read off the result types themselves.

So the documentation cannot promise a field that is not sent; only what Python's types do
not say is added here.
"""

from typing import Any, get_type_hints

from pydantic import TypeAdapter

from deployments.results import (
    ANALYSES,
    EMOTIONS,
    RESULT_TYPES,
    Analysis,
    Language,
    LanguageSpan,
    Model,
    Signals,
    Status,
)
from deployments.tone.dominant import MOST_EVIDENCE, TONE_WORDS
from serve_app.api.schemas import ref

Schema = dict[str, Any]


def analysis_schemas() -> dict[str, Schema]:
    """The component schemas of an answer and its parts, by name."""
    components: dict[str, Schema] = {}
    for result_type in (*RESULT_TYPES.values(), Language, LanguageSpan, Model, Signals):
        components |= _components_of(result_type)
    readability = components["Readability"]["properties"]
    readability |= {name: _without_null(field) for name, field in readability.items()}
    tone = components["Tone"]["properties"]
    tone["emotions"]["required"] = list(EMOTIONS)
    tone["dominant"]["enum"] = list(TONE_WORDS)
    tone["evidence"]["maxItems"] = MOST_EVIDENCE
    for name in ANALYSES:
        components |= _section(RESULT_TYPES[name].__name__, components)
    return components | _answers()


def _components_of(result_type: type) -> dict[str, Schema]:
    """The schema of a type and of those nested in it."""
    template = ref("{model}")["$ref"]
    schema = TypeAdapter(result_type).json_schema(mode="serialization", ref_template=template)
    nested: dict[str, Schema] = schema.pop("$defs", {})
    return {**nested, result_type.__name__: schema}


def _without_null(field: Schema) -> Schema:
    """A field that is left out where there is no value, and never null."""
    kinds: list[Schema] = field.get("anyOf", [field])
    return next(kind for kind in kinds if kind != {"type": "null"})


def _section(name: str, components: dict[str, Schema]) -> dict[str, Schema]:
    """A result with the status, model and timing of its section, and the section's union."""
    result = components[name]
    status = {"const": Status.OK.value, "type": "string"}
    meta = {"status": status, **_META, "languages": _LANGUAGES}
    answered = result | {
        "properties": meta | result["properties"] | {"corrected": _CORRECTED},
        "required": [*meta, *result["required"]],
    }
    return {name: answered, f"{name}Section": {"oneOf": [ref(name), ref("Unanswered")]}}


_META: Schema = {
    "model": ref("Model"),
    "took_ms": {
        "type": "number",
        "minimum": 0,
        "description": "Wall time of the batch this text was analysed in, in milliseconds.",
    },
}


_CORRECTED: Schema = {
    "type": "array",
    "description": "What rules and people changed in the section, and what the model had said; "
    "missing where nothing was changed.",
    "items": {
        "type": "object",
        "properties": {
            "rule": {"type": ["string", "null"], "format": "uuid"},
            "correction": {"type": ["string", "null"], "format": "uuid"},
            "field": {"type": "string"},
            "index": {
                "type": ["integer", "null"],
                "description": "Of an element of a list: its place in the model's; null where the "
                "model had none.",
            },
            "model_said": {},
            "now": {},
        },
        "required": ["rule", "correction", "field", "model_said", "now"],
    },
}


_LANGUAGES: Schema = {
    "type": "array",
    "items": ref("LanguageSpan"),
    "description": "What the result was read from, in order: of a post in several languages the "
    "lines in those that the analysis knows.",
}


def _answers() -> dict[str, Schema]:
    unanswered = {
        "status": {"enum": [status.value for status in Status if status is not Status.OK]},
        "model": {"oneOf": [ref("Model"), {"type": "null"}]},
        "took_ms": _META["took_ms"],
        "detail": {"type": "string", "description": "Why, in a sentence."},
        "covered": {"type": "null"},
    }
    analysis = {name: _analysis_field(name) for name in get_type_hints(Analysis)}
    always = [name for name in analysis if name not in ANALYSES]
    return {
        "Unanswered": _object(unanswered, description="A section without a result."),
        "Analysis": _object(analysis, required=always, description=_ANALYSIS),
        "BatchItem": {"oneOf": [_item("ok", "result", "Analysis"), _item("error", "error")]},
        "BatchAnswer": _object({"items": {"type": "array", "items": ref("BatchItem")}}),
    }


_ANALYSIS = (
    "The answer for one post. A section is there exactly if it was asked for. "
    "Every `start` and `end` is in the unit asked for by `offsets`, into the text as sent."
)

_FIELDS: dict[str, Schema] = {
    "id": {"type": ["string", "null"], "description": "The id that was sent."},
    "digest": {
        "type": "string",
        "pattern": "^[0-9a-f]{64}$",
        "description": "SHA-256 of the text's UTF-8 bytes; the address of what is stored.",
    },
    "language": ref("Language"),
    "cache": {
        "enum": ["hit", "partial", "miss"],
        "description": "Whether all, some or none of the sections were known before.",
    },
    "signals": ref("Signals"),
}


def _analysis_field(name: str) -> Schema:
    return ref(f"{RESULT_TYPES[name].__name__}Section") if name in ANALYSES else _FIELDS[name]


def _item(status: str, field: str, schema: str = "Problem") -> Schema:
    return _object(
        {"status": {"const": status, "type": "string"}, "id": _FIELDS["id"], field: ref(schema)}
    )


def _object(
    properties: dict[str, Schema], *, required: list[str] | None = None, description: str = ""
) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    schema["required"] = list(properties) if required is None else required
    return schema | ({"description": description} if description else {})
