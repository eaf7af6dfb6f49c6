"""A section as JSON: encoded once, where it was computed; decoded only by clients.

The driver, the caches and the store carry :class:`EncodedSection` and never look
inside, which keeps the request path free of conversions.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import TypeAdapter

from deployments.results import (
    ANALYSES,
    RESULT_TYPES,
    Analysis,
    CorrectedValue,
    Language,
    LanguageSpan,
    Model,
    Result,
    Section,
    Signals,
    Status,
)

_META = ("status", "model", "took_ms", "detail", "languages", "corrected")
_OCCURRENCES = b'"occurrences":['


@dataclass(frozen=True, slots=True)
class EncodedSection:
    """One section as it travels between processes and is stored.

    Attributes:
        status: a :class:`Status` value; only ``ok`` and ``unsupported_language`` are final.
        version: of the model, which JSON calls its ``digest``; empty where no model was reached.
        body: the section's JSON object as the API shows it, offsets in code points.
        vector: kept beside the section to find similar texts, and never shown; empty where the
            analysis gives none.
    """

    status: str
    version: str
    body: bytes
    vector: bytes = b""

    @property
    def final(self) -> bool:
        """Whether the same text would get the same section again, so that it may be cached."""
        return self.status in (Status.OK, Status.UNSUPPORTED_LANGUAGE)


def encode(section: Section[Any]) -> EncodedSection:
    """The section's flat JSON object: status, model, took_ms, then the result's own fields."""
    body: dict[str, Any] = {
        "status": section.status,
        "model": section.model,
        "took_ms": round(section.took_ms, 3),
    }
    if section.result is not None:
        body |= {"languages": section.languages, **_fields(section.result)}
    else:
        body |= {"detail": section.detail, "covered": None}
    version = section.model.digest if section.model else ""
    return EncodedSection(section.status.value, version, orjson.dumps(body), section.vector)


def _fields(result: Result) -> dict[str, Any]:
    """The result's fields by name, without those that it does not have."""
    names: tuple[str, ...] = tuple(result.__slots__)
    fields = ((name, getattr(result, name)) for name in names)
    return {name: value for name, value in fields if value is not None}


_MODEL = TypeAdapter(Model)
_LANGUAGE = TypeAdapter(Language)
_LANGUAGES = TypeAdapter(tuple[LanguageSpan, ...])
_CORRECTED = TypeAdapter(tuple[CorrectedValue, ...])
_SIGNALS = TypeAdapter(Signals)
_RESULTS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(kind) for name, kind in RESULT_TYPES.items()
}


def decode_section(analysis: str, body: Mapping[str, Any]) -> Section[Any]:
    """The typed section behind the JSON object of one analysis.

    Raises:
        pydantic.ValidationError: the object is not such a section.
    """
    status = Status(body["status"])
    model = _MODEL.validate_python(body["model"]) if body.get("model") else None
    result: Result | None = None
    languages: tuple[LanguageSpan, ...] = ()
    corrected = _CORRECTED.validate_python(body.get("corrected", ()))
    if status is Status.OK:
        fields = {key: value for key, value in body.items() if key not in _META}
        result = _RESULTS[analysis].validate_python(fields)
        languages = _LANGUAGES.validate_python(body["languages"])
    return Section(status, model, body["took_ms"], result, body.get("detail"), languages, corrected)


def is_valid(analysis: str, section: EncodedSection) -> bool:
    """Whether the section can be decoded: one that another release wrote may lack a field."""
    try:
        decode_section(analysis, orjson.loads(section.body))
    except (ValueError, KeyError):  # pydantic's ValidationError is a ValueError
        return False
    return True


def first_keywords(body: bytes, count: int) -> bytes:
    """A keywords section's JSON with at most ``count`` items, without parsing it.

    Every item ends with its ``occurrences``, in what :func:`encode` writes and in what
    Postgres gives back of it (jsonb puts the longest key last). No string can hold the searched
    bytes: a quotation mark in it is escaped.
    """
    end = 0
    for _ in range(count):
        start = body.find(_OCCURRENCES, end)
        if start < 0:
            return body
        end = body.index(b"]}", start) + 2
    last = body.rfind(_OCCURRENCES)
    return body if last < end else body[:end] + body[body.index(b"]}", last) + 2 :]


def decode_analysis(answer: Mapping[str, Any]) -> Analysis:
    """The typed answer behind the JSON object of one post (see ``POST /v1/analyze``)."""
    sections = {name: decode_section(name, answer[name]) for name in ANALYSES if name in answer}
    return _analysis(answer, sections)


def decode_kept_analysis(kept: Mapping[str, Any]) -> Analysis:
    """The typed analysis of a post that is kept; it has neither id nor cache.

    It may be of another release: sections that cannot be decoded are left out.
    """
    sections = {}
    for name in ANALYSES:
        with suppress(ValueError, KeyError):  # pydantic's ValidationError is a ValueError
            sections[name] = decode_section(name, kept[name])
    return _analysis({"cache": "hit", **kept}, sections)


def _analysis(answer: Mapping[str, Any], sections: dict[str, Section[Any]]) -> Analysis:
    return Analysis(
        id=answer.get("id"),
        digest=answer["digest"],
        language=_LANGUAGE.validate_python(answer["language"]),
        cache=answer["cache"],
        signals=_SIGNALS.validate_python(answer["signals"]),
        **sections,
    )
