"""Analyses as they are kept: what is spliced into an answer is what was encoded."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard

from serve_app.posts.stored_analysis import (
    DICTIONARIES,
    LEVEL,
    StoredAnalysis,
    decode_analysis,
    encode_analysis,
    encode_json,
)

ANALYSIS: dict[str, Any] = {
    "language": {"code": "de", "confidence": 0.75},
    "sentiment": {"status": "ok", "label": "positive", "scores": {"positive": 0.3}},
    "signals": {"emoji": [{"text": "🚀"}], "links": []},
}


def test_an_analysis_is_spliced_as_it_was_encoded() -> None:
    kept = StoredAnalysis(encode_analysis(ANALYSIS))
    assert encode_json({"items": [{"analysis": kept}, {"analysis": None}]}) == orjson.dumps(
        {"items": [{"analysis": ANALYSIS}, {"analysis": None}]}
    )


def test_an_analysis_is_the_mapping_that_was_encoded() -> None:
    kept = StoredAnalysis(encode_analysis(ANALYSIS))
    assert kept == ANALYSIS == decode_analysis(encode_analysis(ANALYSIS))
    assert list(kept) == list(ANALYSIS)
    assert {**kept, "language": None} == {**ANALYSIS, "language": None}


def test_several_threads_decode_at_once() -> None:
    stored = [encode_analysis(ANALYSIS | {"number": number}) for number in range(200)]
    with ThreadPoolExecutor(4) as threads:
        decoded = list(threads.map(decode_analysis, stored))
    assert [each["number"] for each in decoded] == list(range(200))


@pytest.mark.parametrize(
    "stored",
    [b"", b"no frame", encode_analysis(ANALYSIS)[:-3], zstandard.compress(b'{"a": 1}')],
    ids=["empty", "no frame", "cut", "of no dictionary"],
)
def test_what_is_no_analysis_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r"dictionary|kept analysis"):
        StoredAnalysis(stored).json()


def test_nothing_else_is_encoded_by_chance() -> None:
    with pytest.raises(TypeError):
        encode_json({"items": object()})


def _compressed(analysis: object, dictionary: zstandard.ZstdCompressionDict) -> bytes:
    compressor = zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary)
    return compressor.compress(orjson.dumps(analysis))


def test_numbers_are_kept_with_six_decimals() -> None:
    scores = {"scores": [0.6249226331710815, 1e-7, -0.0000049], "count": 12_345_678_901}
    kept = {"scores": [0.624923, 0.0, -0.000005], "count": 12_345_678_901}
    assert decode_analysis(encode_analysis(scores)) == kept


@pytest.mark.parametrize("path", sorted(DICTIONARIES.glob("*.zdict")), ids=lambda path: path.stem)
def test_those_of_every_release_are_read(path: Path) -> None:
    dictionary = zstandard.ZstdCompressionDict(path.read_bytes())
    assert decode_analysis(_compressed(ANALYSIS, dictionary)) == ANALYSIS


def test_the_newest_dictionary_is_used() -> None:
    newest = zstandard.ZstdCompressionDict(max(DICTIONARIES.glob("*.zdict")).read_bytes())
    used = zstandard.get_frame_parameters(encode_analysis(ANALYSIS)).dict_id
    assert used == newest.dict_id()


def test_a_dictionary_of_a_later_release_is_an_error() -> None:
    samples = [orjson.dumps({"sample": number, "text": "x" * number}) for number in range(500)]
    unknown = zstandard.train_dictionary(1_024, samples)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="later release"):
        decode_analysis(_compressed(ANALYSIS, unknown))
