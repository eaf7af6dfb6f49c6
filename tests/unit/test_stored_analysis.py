"""Analyses of kept posts as bytes: what comes back, and of which releases."""

from pathlib import Path

import orjson
import pytest
import zstandard

from serve_app.posts.stored_analysis import (
    DICTIONARIES,
    LEVEL,
    decode_analysis,
    encode_analysis,
)

_ANALYSIS = {
    "language": {"code": "en", "confidence": 0.9727},
    "sentiment": {"status": "ok", "scores": {"positive": 1.0, "negative": 0.0}},
    "keywords": {"items": [{"text": "Straße", "score": 0.25, "occurrences": [{"start": 3}]}]},
    "note": None,
    "mixed": True,
}


def _compressed(analysis: object, dictionary: zstandard.ZstdCompressionDict) -> bytes:
    compressor = zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary)
    return compressor.compress(orjson.dumps(analysis))


def test_an_analysis_comes_back() -> None:
    assert decode_analysis(encode_analysis(_ANALYSIS)) == _ANALYSIS


def test_numbers_are_kept_with_six_decimals() -> None:
    scores = {"scores": [0.6249226331710815, 1e-7, -0.0000049], "count": 12_345_678_901}
    kept = {"scores": [0.624923, 0.0, -0.000005], "count": 12_345_678_901}
    assert decode_analysis(encode_analysis(scores)) == kept


@pytest.mark.parametrize("path", sorted(DICTIONARIES.glob("*.zdict")), ids=lambda path: path.stem)
def test_those_of_every_release_are_read(path: Path) -> None:
    dictionary = zstandard.ZstdCompressionDict(path.read_bytes())
    assert decode_analysis(_compressed(_ANALYSIS, dictionary)) == _ANALYSIS


def test_the_newest_dictionary_is_used() -> None:
    newest = zstandard.ZstdCompressionDict(max(DICTIONARIES.glob("*.zdict")).read_bytes())
    used = zstandard.get_frame_parameters(encode_analysis(_ANALYSIS)).dict_id
    assert used == newest.dict_id()


def test_a_dictionary_of_a_later_release_is_an_error() -> None:
    samples = [orjson.dumps({"sample": number, "text": "x" * number}) for number in range(500)]
    unknown = zstandard.train_dictionary(1_024, samples)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="later release"):
        decode_analysis(_compressed(_ANALYSIS, unknown))
