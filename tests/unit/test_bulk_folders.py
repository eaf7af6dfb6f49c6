"""Where a bulk job reads and writes: locations, input files, the output folder and its files."""

import csv
import io
import json
import os
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from serve_app.bulk.errors import BulkRefused
from serve_app.bulk.input_files import find_input_files
from serve_app.bulk.locations import Location
from serve_app.bulk.output_folder import OutputFolder
from serve_app.bulk.part_content import part_content
from serve_app.files.formats import ENDINGS
from tests.unit.bulk_jobs import analysed, job


@pytest.mark.parametrize(
    "url, words",
    [("s3://bucket/x", "s3fs"), ("foo://x", "foo"), ("memory://x", "memory of one process")],
)
def test_a_place_out_of_reach_is_refused(url: str, words: str) -> None:
    with pytest.raises(BulkRefused, match=words):
        Location.of(url)


def test_input_is_every_file_of_one_format_at_any_depth(tmp_path: Path) -> None:
    for name in ("b.csv", "a/c.csv.gz", "_old/d.csv", ".e.csv", "README", "f.parquet.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text\nx\n")
    files = find_input_files(str(tmp_path))
    assert (files.names, files.format) == (("a/c.csv.gz", "b.csv"), "csv")
    assert files.passed_over == ("README", "f.parquet.gz")
    assert files.size_bytes == 14
    one = find_input_files(f"file://{tmp_path}/b.csv")
    assert (one.names, one.folder.path) == (("b.csv",), str(tmp_path))


def test_text_formats_are_those_of_analyze(tmp_path: Path) -> None:
    for ending, kind in ENDINGS.items():
        for packed in ("", ".GZ"):
            path = tmp_path / f"posts{ending}{packed}"
            path.touch()
            if kind in ("csv", "jsonl"):
                assert find_input_files(str(path)).format == kind
            else:
                with pytest.raises(BulkRefused, match="no file of posts"):
                    find_input_files(str(path))


def test_input_of_several_formats_or_of_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BulkRefused, match="not there"):
        find_input_files(str(tmp_path / "missing"))
    (tmp_path / "notes.txt").touch()
    with pytest.raises(BulkRefused, match="no file of posts"):
        find_input_files(str(tmp_path))
    (tmp_path / "a.csv").touch()
    (tmp_path / "b.parquet").touch()
    with pytest.raises(BulkRefused, match=r"a\.csv, b\.parquet"):
        find_input_files(str(tmp_path))


def test_a_place_lies_within_its_folders_alone(tmp_path: Path) -> None:
    inner, outer = Location.of(str(tmp_path / "a" / "b")), Location.of(str(tmp_path / "a"))
    assert inner.within(outer)
    assert outer.within(outer)
    assert not outer.within(inner)
    assert not Location.of(str(tmp_path / "ab")).within(outer)


def test_a_url_keeps_its_host() -> None:
    posts = Location.of("webhdfs://one:9870/posts/")
    assert posts.address == "webhdfs://one:9870/posts"
    assert Location.of(posts.address).within(posts)
    file = Location.of("webhdfs://one:9870/posts/a.csv")
    assert (file.parent.address, file.parent.path) == (posts.address, posts.path)
    assert file.within(posts)
    assert not Location.of("webhdfs://two:9870/posts/a.csv").within(posts)


def test_a_local_path_has_an_address_for_other_folders(tmp_path: Path) -> None:
    for url in (str(tmp_path), f"file://{tmp_path}/"):
        assert Location.of(url).address == f"file://{tmp_path}"
    assert Location.of(os.path.relpath(tmp_path / "a.csv")).parent.address == f"file://{tmp_path}"


@pytest.mark.parametrize("scheme", ["webhdfs://", "simplecache::s3://"])
def test_a_password_is_refused_and_not_repeated(scheme: str) -> None:
    with pytest.raises(BulkRefused, match=r"//\.\.\.@host/posts' has a password") as refused:
        Location.of(f"{scheme}ana:se@cret@host/posts")
    assert "cret" not in str(refused.value)
    with pytest.raises(BulkRefused, match="s3fs"):
        Location.of("s3://ana@bucket/12:30")


def test_a_file_is_written_over_another_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    place = Location.of(str(tmp_path))
    place.write("a/b", b"1")
    place.write("a/b", b"2")
    assert place.read("a/b") == b"2"
    assert place.read("a/c") is None
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


class MovingFileSystem(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Moves files as HDFS does: under their names as they are, and over no other."""

    protocol = "moving"

    def mv(self, path1: str, path2: str, **_: Any) -> None:
        if self.exists(path2):
            raise FileExistsError(path2)
        self.pipe_file(path2, self.cat_file(path1))
        self.rm_file(path1)


def test_a_file_is_moved_in_where_that_is_known() -> None:
    place = Location("moving://bulk", MovingFileSystem(), f"/{uuid.uuid4().hex}[1]")
    for content in (b"1", b"2"):
        place.write("a?.csv", content)
        assert place.read("a?.csv") == content
    assert place.all_names() == ["a?.csv"]


def test_a_file_is_put_at_once_where_no_move_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Location("memory://bulk", MemoryFileSystem(), f"/{uuid.uuid4().hex}")
    put: list[str] = []
    monkeypatch.setattr(MemoryFileSystem, "pipe_file", lambda _, path, content: put.append(path))
    place.write("a.csv", b"1")
    assert put == [f"{place.path}/a.csv"]


def test_a_file_that_could_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    place = Location.of(str(tmp_path))
    with pytest.raises(IsADirectoryError):
        place.write("a.csv", b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_what_a_killed_run_was_writing_is_removed(tmp_path: Path) -> None:
    own = job(output=str(tmp_path))
    leftover = f"_{uuid.uuid4().hex}.writing"
    (tmp_path / "_postlens").mkdir()
    (tmp_path / "_postlens" / leftover).touch()
    assert OutputFolder(own).begin() == {}
    for folder in ("a", "_postlens/parts"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / leftover).touch()
    (tmp_path / "_mine.writing").touch()
    assert OutputFolder(own).begin() == {}
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["_mine.writing", "job.json"]


def test_what_somebody_else_was_writing_is_left(tmp_path: Path) -> None:
    leftover = tmp_path / f"_{uuid.uuid4().hex}.writing"
    leftover.touch()
    with pytest.raises(BulkRefused, match="other files"):
        OutputFolder(job(output=str(tmp_path))).begin()
    assert leftover.exists()


def test_a_place_that_is_no_local_folder_is_written_likewise() -> None:
    place = Location("memory://bulk", MemoryFileSystem(), f"/{uuid.uuid4().hex}")
    assert place.all_names() == []
    place.write("a/b.csv", b"1")
    place.write("a/b.csv", b"2")
    assert place.read("a/b.csv") == b"2"
    assert place.names() == ["a/b.csv"]
    assert place.all_names() == ["a/b.csv"]
    with place.open("a/b.csv") as file:
        assert file.read() == b"2"
    place.remove("a/b.csv")
    place.remove("a/b.csv")
    assert place.all_names() == []


def test_an_output_is_continued_by_the_same_job_alone(tmp_path: Path) -> None:
    own = job(output=str(tmp_path / "out"))
    assert OutputFolder(own).begin() == {}
    OutputFolder(own).write(analysed("a/posts.csv-00000", own))
    [part] = OutputFolder(own).begin().values()
    assert (part.name, part.key, part.failed) == ("a/posts.csv-00000", "k", 1)
    with pytest.raises(BulkRefused, match=r"another job: analyses .*sentiment.* there"):
        OutputFolder(job(output=own.output, analyses=("tone",))).begin()
    OutputFolder(own).remove(part)
    assert OutputFolder(own).begin() == {}
    assert not (tmp_path / "out" / "a" / "posts.csv-00000.parquet").exists()


def test_a_part_without_its_file_is_not_finished(tmp_path: Path) -> None:
    own = job(output=str(tmp_path))
    OutputFolder(own).begin()
    for name in ("a", "b"):
        OutputFolder(own).write(analysed(name, own))
    (tmp_path / "a.parquet").unlink()
    assert list(OutputFolder(own).begin()) == ["b"]


def test_a_part_that_is_written_again_is_not_finished_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = job(output=str(tmp_path))
    OutputFolder(own).begin()
    OutputFolder(own).write(analysed("a", own))
    write = Location.write

    def killed_after(place: Location, name: str, content: bytes) -> None:
        write(place, name, content)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Location, "write", killed_after)
        with pytest.raises(KeyboardInterrupt):
            OutputFolder(own).write(analysed("a", own))
    assert (tmp_path / "a.parquet").exists()
    assert OutputFolder(own).begin() == {}


@pytest.mark.parametrize("name", ["posts[1].csv-00000", "wh?t*.csv-00000"])
def test_names_are_taken_as_they_are(tmp_path: Path, name: str) -> None:
    own = job(output=str(tmp_path / "[out]"))
    OutputFolder(own).begin()
    OutputFolder(own).write(analysed(name, own))
    OutputFolder(own).write(analysed(name, own))
    assert list(OutputFolder(own).begin()) == [name]


def test_an_output_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(BulkRefused, match="other files"):
        OutputFolder(job(output=str(tmp_path))).begin()
    with pytest.raises(BulkRefused, match="is a file"):
        OutputFolder(job(output=str(tmp_path / "thesis.txt"))).begin()


def test_a_begun_job_has_no_report(tmp_path: Path) -> None:
    own = job(output=str(tmp_path))
    OutputFolder(own).begin()
    OutputFolder(own).end({"rows": 1})
    report = tmp_path / "_postlens" / "report.json"
    assert json.loads(report.read_text()) == {"rows": 1}
    OutputFolder(own).begin()
    assert not report.exists()


def test_parquet_has_typed_columns() -> None:
    content = part_content(analysed("a", own := job()).table, own)
    answered, refused = pq.read_table(io.BytesIO(content)).to_pylist()
    assert answered["postlens_sentiment"] == "positive"
    assert answered["postlens_sentiment_mixed"] is False
    assert answered["postlens_hashtags"] == ["#win"]
    assert answered["postlens_entities"] == [{"text": "Acme", "label": "ORG"}]
    assert answered["postlens_error"] is None
    assert json.loads(answered["postlens_analysis"])["digest"] == answered["postlens_digest"]
    assert "postlens_tone" not in answered
    assert refused["id"] == 2
    assert refused["postlens_error"].startswith("The text is empty. Send a text")
    assert refused["postlens_error_type"] == "/problems/blank-text"
    assert refused["postlens_analysis"] is refused["postlens_hashtags"] is None


def test_json_lines_have_the_analysis_as_an_object() -> None:
    rows = pa.table({"id": [1, 2], "text": ["a", "b"], "raw": [b"\xff", None]})
    own = job(format="jsonl")
    lines = part_content(analysed("a", own, rows).table, own).splitlines()
    answered, refused = map(json.loads, lines)
    assert answered["postlens_analysis"]["sentiment"]["label"] == "positive"
    assert answered["raw"] == "/w=="
    assert refused["postlens_analysis"] is None


def test_csv_has_one_value_a_cell() -> None:
    people = [{"text": None, "label": "x"}]
    rows = pa.table(
        {"id": [1, 2], "text": ["=1+1", ""], "raw": [["a", None], []], "people": [people, None]}
    )
    own = job(format="csv", prefix="")
    content = part_content(analysed("a", own, rows).table, own).decode("utf-8-sig")
    answered, refused = csv.DictReader(io.StringIO(content))
    assert answered["text"] == "'=1+1"
    assert (answered["raw"], refused["raw"]) == ('["a",null]', "[]")
    assert (answered["people"], refused["people"]) == ('[{"text":null,"label":"x"}]', "")
    assert answered["hashtags"] == "#win"
    assert answered["entities"] == "Acme (ORG)"
    assert "analysis" not in answered
    assert refused["error"].startswith("The text is empty.")
