"""Files of posts as parts of a bulk job: what is kept, how they are bounded, their key."""

import gzip
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from serve_app.bulk import part_reader
from serve_app.bulk.part import UNREADABLE, BulkPart, part_key
from serve_app.bulk.stages import read_parts
from serve_app.files.rows import UnreadableSource
from tests.unit.bulk_jobs import job, tables

POSTS = pa.table(
    {
        "when": [datetime(2026, 5, 31), None, None],
        "body": ["We won.", None, "We lost."],
        "likes": pa.array([1, None, 2**40], pa.int64()),
    }
)


def test_parquet_keeps_every_column_with_its_type(tmp_path: Path) -> None:
    pq.write_table(POSTS, tmp_path / "posts.parquet")
    [read] = tables(tmp_path / "posts.parquet", "parquet")
    assert read.text_column == "body"
    assert read.rows.select(POSTS.column_names).equals(POSTS)
    assert read.rows.column("postlens_file").to_pylist() == ["posts.parquet"] * 3
    assert read.rows.column("postlens_row").to_pylist() == [1, 2, 3]


def test_csv_keeps_every_column_as_text(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("tweet,url,tweet id,likes\nWe won.,,7,\nWe lost.,x,8\nOn.,,9,3\n")
    first, second = tables(path, "csv", batch_rows=2)
    # The columns of a part are those of the file, though their cells be empty.
    assert first.rows.column_names == second.rows.column_names
    assert first.rows.column("id").to_pylist() == ["7", "8"]
    assert first.rows.column("text").to_pylist() == ["We won.", None]
    assert first.rows.column("postlens_row").to_pylist() == [2, 3]
    [sound, refused] = first.rows.column(UNREADABLE).to_pylist()
    assert sound is None
    assert "3 fields" in refused
    assert second.rows.column("likes").to_pylist() == ["3"]
    assert second.rows.column("url").to_pylist() == [None]


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz"])
def test_json_lines_keep_other_members_as_json(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"posts.{ending}"
    lines = [{"id": 7, "text": "We won.", "likes": 3, "by": {"name": "Ana"}}, {"text": "We lost."}]
    content = "\n".join(map(json.dumps, lines)).encode() + b"\n{broken"
    path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    [read] = tables(path, "jsonl")
    assert read.rows.column("id").to_pylist() == ["7", None, None]
    assert read.rows.column("text").to_pylist() == ["We won.", "We lost.", None]
    members = read.rows.column("members").to_pylist()
    assert json.loads(members[0]) == {"likes": 3, "by": {"name": "Ana"}}
    assert members[1:] == [None, None]
    assert read.rows.column(UNREADABLE).to_pylist()[2] is not None
    assert read.input_bytes == path.stat().st_size


def _parts_of(path: Path, finished: dict[str, Any]) -> list[BulkPart]:
    batch = pa.table({"file": [path.name], "finished": [json.dumps(finished)]})
    own = job(batch_rows=2)
    batches = read_parts(batch, folder=str(path.parent), format="jsonl", job=own)
    return list(map(BulkPart.from_batch, batches))


def test_a_part_that_is_finished_is_passed_on_without_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(json.dumps({"text": f"We won {n}."}) + "\n" for n in range(5)))
    first, second, third = _parts_of(path, {})
    assert [part.name for part in (first, second)] == ["posts.jsonl-00000", "posts.jsonl-00001"]
    assert [part.rows for part in (first, second, third)] == [2, 2, 1]
    second.problems = {"/problems/blank-text": 1}
    finished = {first.name: {**first.record(), "key": "other"}, second.name: second.record()}
    again = _parts_of(path, finished)
    assert [part.earlier for part in again] == [False, True, False]
    assert [part.table is None for part in again] == [False, True, False]
    assert again[1].failed == 1


def test_of_a_damaged_file_the_parts_before_the_damage_are_read(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    lines = [json.dumps({"text": os.urandom(500_000).hex()}) for _ in range(9)]
    path.write_bytes(gzip.compress("\n".join(lines).encode())[:3_000_000])
    *read, failed = _parts_of(path, {})
    assert len(read) >= 1
    assert (failed.name, failed.failure[:24]) == (path.name, "The gzip file is damaged")


def test_a_column_of_an_answer_makes_the_file_fail(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["x"], "postlens_sentiment": ["x"]}), tmp_path / "a.parquet")
    batch = pa.table({"file": ["a.parquet"], "finished": ["{}"]})
    [part] = read_parts(batch, folder=str(tmp_path), format="parquet", job=job())
    assert "'postlens_sentiment'" in BulkPart.from_batch(part).failure


def _written(format: str) -> Callable[[Path, list[str]], Path]:
    def write(folder: Path, texts: list[str]) -> Path:
        path = folder / f"posts.{format}"
        if format == "parquet":
            pq.write_table(pa.table({"text": texts}), path)
        else:
            path.write_text("\n".join(json.dumps({"text": text}) for text in texts))
        return path

    return write


@pytest.mark.parametrize("format", ["parquet", "jsonl"])
def test_parts_are_bounded_by_rows_and_by_characters(
    tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_reader, "BATCH_CHARACTERS", 25)
    path = _written(format)(tmp_path, ["x" * 10] * 4 + ["y"] * 6)
    sizes = [read.rows.num_rows for read in tables(path, format, batch_rows=4)]
    assert sum(sizes) == 10
    assert sizes[0] == 3  # 30 characters; the rows before had 20
    assert max(sizes) <= 4
    rows = [row for read in tables(path, format, batch_rows=4)
            for row in read.rows.column("postlens_row").to_pylist()]  # fmt: skip
    assert rows == list(range(1, 11))


@pytest.mark.parametrize("format", ["parquet", "jsonl", "csv"])
def test_other_columns_count_toward_the_characters(
    tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_reader, "BATCH_CHARACTERS", 250)
    path = tmp_path / f"posts.{format}"
    rows = [{"text": "x", "page": "y" * 100} for _ in range(5)]
    if format == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif format == "jsonl":
        path.write_text("\n".join(map(json.dumps, rows)))
    else:
        path.write_text("text,page\n" + "".join(f"x,{row['page']}\n" for row in rows))
    assert [read.rows.num_rows for read in tables(path, format)] == [3, 2]


def test_a_file_without_a_column_of_posts_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"likes": [1]}), tmp_path / "a.parquet")
    with pytest.raises(UnreadableSource, match="--text-column"):
        tables(tmp_path / "a.parquet", "parquet")
    with pytest.raises(UnreadableSource, match="'poem'"):
        tables(tmp_path / "a.parquet", "parquet", text_column="poem")


@pytest.mark.parametrize("name", ["text", "likes"])
def test_a_file_with_two_columns_of_one_name_fails(tmp_path: Path, name: str) -> None:
    columns = [pa.array(["x"])] * 3
    rows = pa.Table.from_arrays(columns, names=["text", "likes", name])
    pq.write_table(rows, tmp_path / "a.parquet")
    batch = pa.table({"file": ["a.parquet"], "finished": ["{}"]})
    [part] = read_parts(batch, folder=str(tmp_path), format="parquet", job=job())
    assert f"Two columns are named '{name}'" in BulkPart.from_batch(part).failure


def test_a_column_that_would_stand_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("key,id,text\n1,2,We won.\n")
    with pytest.raises(UnreadableSource, match="rename"):
        tables(tmp_path / "a.csv", "csv", id_column="key")


@pytest.mark.parametrize("name", ["file", "row", UNREADABLE])
def test_a_column_of_a_name_that_reading_adds_is_refused(tmp_path: Path, name: str) -> None:
    pq.write_table(pa.table({"text": ["We won."], name: ["x"]}), tmp_path / "a.parquet")
    with pytest.raises(UnreadableSource, match=r"IN has a column .* another --prefix"):
        tables(tmp_path / "a.parquet", "parquet", prefix="")
    (tmp_path / "a.csv").write_text("text,row\nWe won.,x\n")
    with pytest.raises(UnreadableSource, match="IN has a column 'row'"):
        tables(tmp_path / "a.csv", "csv", prefix="")


def test_a_column_named_unreadable_is_a_column_as_any(tmp_path: Path) -> None:
    rows = pa.table({"text": ["We won."], "unreadable": ["no"], "postlens_unreadable": ["no"]})
    pq.write_table(rows, tmp_path / "a.parquet")
    [read] = tables(tmp_path / "a.parquet", "parquet")
    assert read.rows.select(rows.column_names).equals(rows)
    assert UNREADABLE not in read.rows.column_names


def test_the_key_follows_texts_other_columns_and_versions() -> None:
    versions = {"tone": "1"}
    same = part_key(POSTS, "body", versions)
    assert part_key(POSTS, "body", dict(versions)) == same
    body = POSTS.set_column(1, "body", pa.array(["We won!", None, "We lost."]))
    likes = POSTS.set_column(2, "likes", pa.array([2, None, 2**40]))
    others = [
        part_key(body, "body", versions),
        part_key(likes, "body", versions),
        part_key(POSTS, "body", {"tone": "2"}),
    ]
    assert len({same, *others}) == 4


def test_a_part_passes_through_a_batch_whole() -> None:
    part = BulkPart("a-00000", "a", key="k", rows=3, problems={"x": 1}, notes=("n",), table=POSTS)
    again = BulkPart.from_batch(part.to_batch())
    assert again.table is not None
    assert again.table.equals(POSTS)
    assert again.record() == {**part.record(), "notes": ["n"]}
    assert BulkPart.from_batch(BulkPart("b", "b", failure="no").to_batch()).table is None
