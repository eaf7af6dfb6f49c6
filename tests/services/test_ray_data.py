"""The callable for pipelines of Ray Data, called as Ray calls it, without Ray."""

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pytest

from deployments.results import ANALYSES
from serve_app.answer_columns import answer_schema
from serve_app.bulk import stages
from serve_app.bulk.job import BulkJob
from serve_app.bulk.part import UNREADABLE, BulkPart
from serve_app.bulk.stages import AnalyzePart, VersionsDiffer, read_parts
from serve_app.errors import InvalidRequest
from serve_app.in_process import LocalAnalyses, model_versions
from serve_app.ray_data import AnalyzePosts
from serve_app.request.post import MAX_CHARACTERS

TEXTS: list[Any] = [
    "Proud of our team at Siemens in Berlin! 🎉 #win",
    "",
    "We are sorry to leave.",
    None,
]


@pytest.fixture(scope="module")
def analyze() -> AnalyzePosts:
    return AnalyzePosts("body")


def _without_times(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {name: _without_times(v) for name, v in answer.items() if name != "took_ms"}
    return answer


def test_the_answers_are_those_of_the_analyses_in_this_process(analyze: AnalyzePosts) -> None:
    batch = pa.table({"id": [1, 2, 3, 4], "body": TEXTS})
    table = analyze(batch)
    assert table.schema.names == ["id", "body", *answer_schema(ANALYSES).names]
    assert table.select(["id", "body"]).equals(batch)
    items = LocalAnalyses().items([TEXTS[0], TEXTS[2]])
    answers = table.column("postlens_analysis").to_pylist()
    assert [answers[1], answers[3]] == [None, None]
    for answer, item in zip((answers[0], answers[2]), items, strict=True):
        got, wanted = _without_times(orjson.loads(answer)), _without_times(item["result"])
        assert got.keys() == wanted.keys()
        for name in ("digest", "language", "signals", "readability"):
            assert got[name] == wanted[name]
        assert got["sentiment"]["label"] == wanted["sentiment"]["label"]
        assert got["sentiment"]["scores"] == pytest.approx(wanted["sentiment"]["scores"], abs=1e-2)
        assert got["entities"]["items"][:1] == got["entities"]["items"][:1]
    first = table.to_pylist()[0]
    assert first["postlens_sentiment"] == "positive"
    assert first["postlens_hashtags"] == ["#win"]
    assert {"text": "Siemens", "label": "ORG"} in first["postlens_entities"]
    assert first["postlens_readability_words"] > 5


def test_a_row_that_cannot_be_analysed_says_why_in_its_place(analyze: AnalyzePosts) -> None:
    texts = ["We won.", "", None, "x" * MAX_CHARACTERS, "x" * (MAX_CHARACTERS + 1), "a\0b"]
    table = analyze(pa.table({"body": texts}))
    types = table.column("postlens_error_type").to_pylist()
    assert types == [
        None, "/problems/blank-text", "/problems/wrong-type", None, "/problems/text-too-long",
        "/problems/nul-character",
    ]  # fmt: skip
    errors = table.column("postlens_error").to_pylist()
    assert "it is null" in errors[2]
    assert "the limit is 20,000" in errors[4]
    assert [e is None for e in errors] == [kind is None for kind in types]


@pytest.mark.parametrize(
    "batch",
    [
        {"body": np.array(["We won.", "We lost."], dtype=object)},
        {"body": np.array(["We won.", "We lost."])},
        pd.DataFrame({"body": ["We won.", "We lost."]}),
        pa.table({"body": pa.array(["We won.", "We lost."]).dictionary_encode()}),
    ],
    ids=["objects", "numpy", "pandas", "dictionary"],
)
def test_batches_of_every_format_are_taken(analyze: AnalyzePosts, batch: Any) -> None:
    table = analyze(batch)
    assert table.column("body").to_pylist() == ["We won.", "We lost."]
    assert table.column("postlens_language").to_pylist() == ["en", "en"]


def test_values_that_are_no_texts_break_nothing(analyze: AnalyzePosts) -> None:
    table = analyze(pa.table({"body": [["We", "won."], ["x"]]}))
    assert table.column("postlens_error_type").to_pylist() == ["/problems/wrong-type"] * 2


def test_an_empty_batch_has_all_columns(analyze: AnalyzePosts) -> None:
    table = analyze(pa.table({"body": pa.array([], pa.string())}))
    assert table.num_rows == 0
    assert table.schema.names[1:] == answer_schema(ANALYSES).names


def test_equal_texts_are_read_once(analyze: AnalyzePosts, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    records = LocalAnalyses.records

    def counting(local: LocalAnalyses, texts: list[str]) -> Any:
        read.append(len(texts))
        return records(local, texts)

    monkeypatch.setattr(LocalAnalyses, "records", counting)
    table = analyze(pa.table({"body": ["We won.", "We lost.", "We won."] * 5}))
    assert read == [2]
    first, second, *others = table.column("postlens_digest").to_pylist()
    assert others == [first, *[first, second, first] * 4]


def test_wrong_columns_are_named(analyze: AnalyzePosts) -> None:
    with pytest.raises(KeyError, match="There is no column 'body'; the batch has text"):
        analyze(pa.table({"text": ["x"]}))
    with pytest.raises(ValueError, match=r"'postlens_tone'.*another prefix"):
        analyze(pa.table({"body": ["x"], "postlens_tone": ["x"]}))


def test_a_column_named_unreadable_is_no_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "_node_id", lambda: "node")
    job = BulkJob(
        "in", "out", analyses=("readability",), prefix="", versions=model_versions(["readability"])
    )
    (tmp_path / "a.csv").write_text("text,unreadable,likes\nWe won.,no,3\nWe lost.,no\n")
    batch = pa.table({"file": ["a.csv"], "finished": ["{}"]})
    [read] = read_parts(batch, folder=str(tmp_path), format="csv", job=job)
    part = BulkPart.from_batch(AnalyzePart(job)(read))
    assert part.table is not None
    assert part.table.column("unreadable").to_pylist() == ["no", None]
    assert part.table.column("error_type").to_pylist() == [None, "/problems/unreadable-row"]
    assert UNREADABLE not in part.table.column_names


def test_a_node_with_other_models_says_so() -> None:
    job = BulkJob("in", "out", analyses=("readability",), versions={"readability": "another"})
    with pytest.raises(VersionsDiffer, match="same version of PostLens on all nodes"):
        AnalyzePart(job)


def test_what_is_chosen() -> None:
    readability = AnalyzePosts(analyses=["readability"], prefix="")
    table = readability(pa.table({"text": ["We won."]}))
    assert "readability_ease" in table.column_names
    assert "tone" not in table.column_names
    assert readability.versions == model_versions(["readability"])
    with pytest.raises(InvalidRequest):
        AnalyzePosts(analyses=["mood"])
