"""Analyses as they are kept: what is spliced into an answer is what was encoded."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
import zstandard

from serve_app.posts.stored_analysis import (
    StoredAnalysis,
    decode_analysis,
    encode_analysis,
    encode_json,
)

ANALYSIS: dict[str, Any] = {
    "language": {"code": "de", "confidence": 0.75},
    "sentiment": {"status": "ok", "label": "positive", "scores": {"positive": 0.1 + 0.2}},
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
