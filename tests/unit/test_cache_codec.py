"""How cached records are encoded."""

import re
from importlib.resources import files

import orjson
import pytest
import zstandard

from deployments.wire import EncodedSection
from serve_app.analysis_record import AnalysisRecord
from serve_app.cache.codec import RecordCodec, dictionary, format_id

DIGEST = "ab" * 32


def example_record() -> AnalysisRecord:
    """The record behind the API's example of an answer."""
    examples = (files("serve_app") / "api" / "examples.json").read_bytes()
    answer = next(value for value in _objects(orjson.loads(examples)) if "readability" in value)
    sections = {
        name: EncodedSection("ok", part["model"]["digest"], orjson.dumps(part))
        for name, part in answer.items()
        if isinstance(part, dict) and "model" in part
    }
    preamble = orjson.dumps({name: answer[name] for name in ("language", "signals")})
    return AnalysisRecord(DIGEST, preamble, sections)


def _objects(value: object) -> list[dict[str, object]]:
    if isinstance(value, dict):
        return [value, *(found for inner in value.values() for found in _objects(inner))]
    return (
        [found for inner in value for found in _objects(inner)] if isinstance(value, list) else []
    )


def test_the_dictionary_knows_todays_models() -> None:
    known = set(re.findall(rb"[0-9a-f]{64}", dictionary().as_bytes()))
    versions = {part.version.encode() for part in example_record().sections.values()}
    assert len(versions) == 5
    assert versions <= known, "run make examples"


def test_a_record_is_encoded_to_a_fraction_and_comes_back_to_the_byte() -> None:
    record = example_record()
    encoded = RecordCodec().encode(record)
    assert RecordCodec().decode(DIGEST, encoded) == record
    assert len(encoded) < len(record.to_bytes()) / 4
    assert len(encoded) < len(zstandard.compress(record.to_bytes())) * 0.7


def test_one_altered_byte_is_noticed() -> None:
    encoded = RecordCodec().encode(example_record())
    for at in range(0, len(encoded), 7):
        altered = encoded[:at] + bytes([encoded[at] ^ 1]) + encoded[at + 1 :]
        with pytest.raises(ValueError, match="record"):
            RecordCodec().decode(DIGEST, altered)


def test_the_format_names_the_dictionary() -> None:
    assert format_id().endswith(f"{dictionary().dict_id():08x}")
