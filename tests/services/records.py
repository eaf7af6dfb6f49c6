"""Records for the tests of caches and stores."""

import uuid

import orjson

from deployments.wire import EncodedSection
from serve_app.analysis_record import AnalysisRecord

PREAMBLE = b'{"language":{"code":"en"}}'


def digest() -> str:
    """One that no other test uses."""
    return uuid.uuid4().hex * 2


def section(
    score: float = 0.5,
    *,
    version: str = "v1",
    status: str = "ok",
    body: bytes | None = None,
    vector: bytes = b"",
) -> EncodedSection:
    """A section that says ``score``, or ``body``."""
    json = orjson.dumps({"label": "👍", "score": score}) if body is None else body
    return EncodedSection(status, version, json, vector)


def record(key: str, *names: str, **sections: EncodedSection) -> AnalysisRecord:
    """A record of these sections, those only named being alike; of ``sentiment`` by default."""
    named = dict.fromkeys(names or (() if sections else ("sentiment",)), section())
    return AnalysisRecord(key, PREAMBLE, {**named, **sections})


def content(stored: AnalysisRecord | None) -> object:
    """What a record says; jsonb does not keep the order of keys."""
    assert stored is not None
    sections = {
        name: (part.status, part.version, orjson.loads(part.body), part.vector)
        for name, part in stored.sections.items()
    }
    return stored.digest, orjson.loads(stored.preamble), sections
