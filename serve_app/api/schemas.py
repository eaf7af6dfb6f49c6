"""The JSON schemas of requests and answers.

Answers are read off the result types themselves, so that the documentation cannot
promise a field that is not sent; only what Python's types do not say is added here.
"""

from typing import Any, get_type_hints

from pydantic import TypeAdapter

from deployments.results import (
    ANALYSES,
    EMOTIONS,
    RESULT_TYPES,
    Analysis,
    Language,
    Model,
    Signals,
    Status,
)
from deployments.tone.dominant import MOST_EVIDENCE, TONE_WORDS
from serve_app.problems import KINDS
from serve_app.request.batch import MAX_POSTS
from serve_app.request.post import (
    MAX_CHARACTERS,
    MAX_ID_CHARACTERS,
    MAX_TIMEOUT_MS,
    MAX_TOP_N,
    OFFSETS,
)

Schema = dict[str, Any]

_REF = "#/components/schemas/"


def schemas() -> dict[str, Schema]:
    """All component schemas, by name."""
    found: dict[str, Schema] = {}
    for kind in (*RESULT_TYPES.values(), Language, Model, Signals):
        _collect(kind, found)
    found["Tone"]["properties"]["emotions"]["required"] = list(EMOTIONS)
    found["Tone"]["properties"]["dominant"]["enum"] = list(TONE_WORDS)
    found["Tone"]["properties"]["evidence"]["maxItems"] = MOST_EVIDENCE
    for name in ANALYSES:
        _flatten(RESULT_TYPES[name].__name__, found)
    return found | _requests() | _answers() | _problems() | _health()


def ref(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": _REF + name}


def _collect(kind: type, found: dict[str, Schema]) -> None:
    template = _REF + "{model}"
    schema = TypeAdapter(kind).json_schema(mode="serialization", ref_template=template)
    for name, nested in schema.pop("$defs", {}).items():
        found[name] = _untitled(nested)
    found[kind.__name__] = _untitled(schema)


def _untitled(schema: Any) -> Any:
    """Without the titles pydantic makes of names; they only repeat them."""
    if isinstance(schema, dict):
        kept = {k: v for k, v in schema.items() if not (k == "title" and isinstance(v, str))}
        return {key: _untitled(value) for key, value in kept.items()}
    return [_untitled(value) for value in schema] if isinstance(schema, list) else schema


def _flatten(name: str, found: dict[str, Schema]) -> None:
    """Make of a result its section: beside the result's own fields, how it came about."""
    result = found[name]
    meta = {"status": {"const": Status.OK.value, "type": "string"}, **_META}
    result["properties"] = meta | result["properties"]
    result["required"] = [*meta, *result["required"]]
    found[f"{name}Section"] = {"oneOf": [ref(name), ref("Unanswered")]}


_META: Schema = {
    "model": ref("Model"),
    "took_ms": {
        "type": "number",
        "minimum": 0,
        "description": "Wall time of the batch this text was analysed in, in milliseconds.",
    },
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


def _requests() -> dict[str, Schema]:
    options = _options()
    posts = {"type": "array", "items": ref("Post"), "minItems": 1, "maxItems": MAX_POSTS}
    post = {"text": _TEXT, "id": _ID} | options
    return {
        "Post": _closed(post, required=["text"]),
        "Batch": _closed({"posts": posts} | options, required=["posts"]),
    }


_TEXT: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_CHARACTERS,
    "description": "The post, taken exactly as sent; at least one character must be visible.",
}
_ID: Schema = {
    "type": ["string", "null"],
    "maxLength": MAX_ID_CHARACTERS,
    "description": "Your own name for the post; given back.",
}


def _options() -> dict[str, Schema]:
    names = {"type": "string", "enum": list(ANALYSES)}
    return {
        "analyses": {"type": "array", "items": names, "minItems": 1, "uniqueItems": True,
                     "default": list(ANALYSES), "description": "Which analyses to answer."},
        "offsets": {"type": "string", "enum": list(OFFSETS), "default": "codepoint",
                    "description": "The unit of every `start` and `end`: `codepoint` for Python, "
                    "`utf16` for JavaScript and Java, `utf8` for Go and Rust."},
        "top_n": {"type": "integer", "minimum": 1, "maximum": MAX_TOP_N, "default": 10,
                  "description": "How many keywords."},
        "timeout_ms": {"type": ["integer", "null"], "minimum": 1, "maximum": MAX_TIMEOUT_MS,
                       "description": "Deadline of the whole request, in milliseconds; sections "
                       "that are not done by then have the status `timeout`."},
    }  # fmt: skip


def _problems() -> dict[str, Schema]:
    types = {"type": "string", "enum": [kind.type for kind in KINDS.values()]}
    members: dict[str, Schema] = {
        "type": types,
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong this time."},
        "pointer": {"type": ["string", "null"],
                    "description": "JSON pointer to the place in the body, if it is there."},
        "fix": {"type": "string", "description": "What to do about it."},
        "request_id": {"type": ["string", "null"],
                       "description": "As in the header X-Request-Id and in the log."},
    }  # fmt: skip
    kind = {name: members[name] for name in ("type", "title", "status", "fix")}
    return {
        "Problem": _object(members, description="A refusal, after RFC 9457."),
        "ProblemKind": _object(kind | {"example": {"type": "string"}}),
    }


def _health() -> dict[str, Schema]:
    states = _object({name: {"type": "string"} for name in ANALYSES})
    ready = {"status": {"const": "ready", "type": "string"}, "analyses": states}
    return {
        "Live": _object({"status": {"const": "live", "type": "string"}}),
        "Ready": _object(ready),
    }


def _object(
    properties: dict[str, Schema], *, required: list[str] | None = None, description: str = ""
) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    schema["required"] = list(properties) if required is None else required
    return schema | ({"description": description} if description else {})


def _closed(properties: dict[str, Schema], *, required: list[str]) -> Schema:
    return _object(properties, required=required) | {"additionalProperties": False}
