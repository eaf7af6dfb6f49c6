"""From files to files: reading, writing, and going on after an interruption."""

import csv
import io
import json
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.text.document import digest
from serve_app.cli.bulk.csv_columns import COLUMNS, csv_row
from serve_app.cli.bulk.output_file import OutputBusy, OutputFile, OutputTotals
from serve_app.cli.bulk.pipeline import CHUNK_ROWS, FileProgress, analyze_file, chunks, open_source
from serve_app.cli.bulk.readers import (
    ROW_LIMIT_BYTES,
    Format,
    InputRow,
    UnreadableSource,
    read_rows,
)

NO_STDIN = io.BytesIO()


class Analyses:
    """Answers texts as the service would as far as files are concerned, and keeps count.

    A blank text is refused; ``stop_after`` texts it is interrupted as by Ctrl-C.
    """

    def __init__(self, stop_after: int | None = None) -> None:
        self.seen: list[str] = []
        self._stop_after = stop_after

    def __call__(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        if self._stop_after is not None and len(self.seen) + len(texts) > self._stop_after:
            raise KeyboardInterrupt
        self.seen += texts
        return [self._item(text) for text in texts]

    def _item(self, text: str) -> dict[str, Any]:
        if not text.strip():
            error = {
                "type": "/problems/blank-text",
                "detail": "The text is blank.",
                "fix": "Write.",
            }
            return {"status": "error", "id": None, "error": error}
        status = "timeout" if "slow" in text else "ok"
        label = {"label": "positive"} if status == "ok" else {"detail": "too late"}
        result = {"id": None, "digest": digest(text), "sentiment": {"status": status, **label}}
        return {"status": "ok", "id": None, "result": result}


class Run:
    """One run of the command on two files."""

    def __init__(self, source: str, out: Path, analyses: Analyses, **options: Any) -> None:
        self.start: tuple[int, bool] | None = None
        self.steps: list[FileProgress] = []
        opened = open_source(source, None, NO_STDIN)
        with opened.stream, OutputFile(out, options) as output:
            self.totals: OutputTotals = analyze_file(
                opened, analyses, output, on_start=self._begin, on_progress=self.steps.append
            )

    def _begin(self, rows_done: int, discarded: bool) -> None:
        self.start = (rows_done, discarded)


def parsed(content: bytes, format: Format) -> list[InputRow]:
    return list(read_rows(io.BytesIO(content), format))


def written(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def jsonl(path: Path, texts: Sequence[str]) -> Path:
    lines = [json.dumps({"id": f"p{n}", "text": text}) + "\n" for n, text in enumerate(texts)]
    path.write_text("".join(lines))
    return path


# Reading


def test_jsonl_rows_keep_ids_of_every_type_and_skip_blank_lines() -> None:
    content = (
        b'\xef\xbb\xbf{"id": 7, "text": "a"}\n\n{"text": "b", "more": 1}\r\n{"id":"x","text":"c"}'
    )
    assert parsed(content, "jsonl") == [
        InputRow(1, 7, "a"),
        InputRow(3, None, "b"),
        InputRow(4, "x", "c"),
    ]


@pytest.mark.parametrize(
    "line, reason",
    [
        (b'{"text": "a"', "not JSON"),
        (b'["a"]', "no object"),
        (b'{"txt": "a"}', "'text' is missing"),
        (b'{"text": 5}', "not a string"),
        (b'{"text": "\xff"}', "Byte 11 (0xff) is not UTF-8"),
        (b'{"text": "\\ud83d"}', "not JSON"),
        (b'{"text": "' + b"x" * ROW_LIMIT_BYTES + b'"}', "longer than"),
    ],
)
def test_a_bad_line_is_named_and_the_next_one_is_read(line: bytes, reason: str) -> None:
    bad, good = parsed(line + b'\n{"text": "good"}\n', "jsonl")
    assert bad.line == 1
    assert bad.text is None
    assert reason in (bad.reason or "")
    assert good == InputRow(2, None, "good")


def test_a_bad_row_keeps_the_id_that_it_has() -> None:
    [bad] = parsed(b'{"id": "x", "text": null}', "jsonl")
    assert bad.id == "x"


def test_csv_rows_may_hold_line_breaks_and_other_columns() -> None:
    content = 'id,when,text\n1,now,"two\r\nlines, and a ""quote"""\n2,then,😀\n'.encode()
    assert parsed(content, "csv") == [
        InputRow(2, "1", 'two\r\nlines, and a "quote"'),
        InputRow(4, "2", "😀"),
    ]


def test_a_bad_csv_row_spoils_no_other() -> None:
    content = b"\xef\xbb\xbfid,text\n1,caf\xe9\n2\n3,ok\n"
    first, second, third = parsed(content, "csv")
    assert first.reason == "The CSV row is not UTF-8; save the file as UTF-8."
    assert (second.id, second.line, second.text) == ("2", 3, None)
    assert third == InputRow(4, "3", "ok")


@pytest.mark.parametrize("content", [b"", b"id,post\n1,a\n"])
def test_a_csv_without_the_column_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableSource, match="no column 'text'"):
        parsed(content, "csv")


def test_a_csv_needs_no_ids() -> None:
    assert parsed(b"text\na\n", "csv") == [InputRow(2, None, "a")]


def test_a_text_file_is_one_post_exactly_as_it_is() -> None:
    assert parsed("Zeile 1\r\n\r\nZeile 2 ☕\n".encode(), "txt") == [
        InputRow(1, None, "Zeile 1\r\n\r\nZeile 2 ☕\n")
    ]
    assert "not UTF-8" in (parsed(b"\xff", "txt")[0].reason or "")
    assert "larger than" in (parsed(b"x" * (ROW_LIMIT_BYTES + 1), "txt")[0].reason or "")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=8))
@settings(max_examples=60)
def test_every_text_survives_jsonl_and_csv(texts: list[str]) -> None:
    as_jsonl = "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()
    assert [row.text for row in parsed(as_jsonl, "jsonl")] == texts
    table = io.StringIO(newline="")
    # A lone quoted "" keeps the row of an empty text from being a blank line.
    csv.writer(table, quoting=csv.QUOTE_ALL).writerows([["id", "text"], *[["", t] for t in texts]])
    assert [row.text for row in parsed(table.getvalue().encode(), "csv")] == texts


def test_what_in_means(tmp_path: Path) -> None:
    file = tmp_path / "posts.JSONL"
    file.write_text('{"text": "a"}')
    assert open_source(str(file), None, NO_STDIN).format == "jsonl"
    assert open_source(str(file), "txt", NO_STDIN).format == "txt"
    text = open_source("We are hiring. See jobs.csv", None, NO_STDIN)
    assert text.stream.read() == b"We are hiring. See jobs.csv"
    stdin = open_source("-", None, NO_STDIN)
    assert (stdin.stream, stdin.rereadable) == (NO_STDIN, False)


@pytest.mark.parametrize("argument", ["missing.csv", "."])
def test_a_misspelt_file_is_not_taken_for_a_post(argument: str) -> None:
    with pytest.raises(UnreadableSource, match=r"not there|a folder"):
        open_source(argument, None, NO_STDIN)


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    (tmp_path / "posts.parquet").write_text("x")
    with pytest.raises(UnreadableSource, match="--format"):
        open_source(str(tmp_path / "posts.parquet"), None, NO_STDIN)


def test_chunks_are_bounded_by_rows_and_characters() -> None:
    small = [InputRow(n, None, "x") for n in range(CHUNK_ROWS + 1)]
    assert [len(chunk) for chunk in chunks(small)] == [CHUNK_ROWS, 1]
    large = [InputRow(n, None, "x" * 75_000) for n in range(5)]
    assert [len(chunk) for chunk in chunks(large)] == [2, 2, 1]


# Writing


def test_answers_come_in_order_with_their_ids_and_lines(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    lines = [json.dumps({"id": n, "text": f"post {n}"}) for n in range(200)]
    lines[3], lines[70] = "{broken", json.dumps({"id": 70, "text": " "})
    source.write_text("\n".join(lines))
    run = Run(str(source), tmp_path / "out.jsonl", Analyses())
    out = written(tmp_path / "out.jsonl")
    assert [answer["line"] for answer in out] == list(range(1, 201))
    assert [a["id"] for a in out if a["line"] != 4] == [n for n in range(200) if n != 3]
    assert out[5]["digest"] == digest("post 5")
    assert out[3]["error"]["type"] == "/problems/unreadable-row"
    assert out[70]["error"]["detail"] == "The text is blank."
    assert (run.totals.rows, run.totals.failed) == (200, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl", "out.jsonl"]


def test_progress_tells_rows_and_bytes(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", ["x"] * 150)
    run = Run(str(source), tmp_path / "out.jsonl", Analyses())
    assert [step.rows for step in run.steps] == [32, 64, 96, 128, 150]
    read = [step.read_bytes for step in run.steps]
    assert read == sorted(set(read))
    assert read[-1] == source.stat().st_size


def test_csv_progress_tells_bytes_to_the_end(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("text\n" + "post\n" * 70)
    run = Run(str(source), tmp_path / "out.csv", Analyses())
    assert run.steps[-1].read_bytes == source.stat().st_size


def test_a_section_that_is_lacking_is_counted(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", ["quick", "slow", "quick"])
    totals = Run(str(source), tmp_path / "out.jsonl", Analyses()).totals
    assert (totals.rows, totals.failed, totals.incomplete) == (3, 0, 1)


def test_csv_output_has_its_columns(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", ["a post, with a comma", " "])
    Run(str(source), tmp_path / "out.csv", Analyses())
    with (tmp_path / "out.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert tuple(table[0]) == COLUMNS
    assert (table[0]["id"], table[0]["sentiment"], table[0]["error"]) == ("p0", "positive", "")
    assert (table[1]["id"], table[1]["sentiment"]) == ("p1", "")
    assert table[1]["error"] == "The text is blank."


def test_a_row_names_each_entity_once_and_points_at_the_evidence() -> None:
    mention = {"label": "ORG", "start": 0, "end": 4, "score": 0.9}
    names = [("Acme AG", 0), ("Oslo", 1), ("Acme", 0)]
    row = csv_row(
        {
            "line": 1,
            "id": None,
            "sentiment": {"status": "ok", "label": "positive", "mixed": True},
            "tone": {
                "dominant": "grateful",
                "evidence": [
                    {"start": 9, "end": 20, "score": 0.9},
                    {"start": 0, "end": 8, "score": 0.5},
                ],
            },
            "entities": {"items": [mention | {"text": t, "group": g} for t, g in names]},
        }
    )
    assert tuple(row) == COLUMNS
    assert row["mixed"] is True
    assert row["tone_evidence"] == "9-20; 0-8"
    assert row["entities"] == "Acme AG (ORG); Oslo (ORG)"


def test_an_input_without_rows_gives_an_output_without_rows(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").touch()
    assert (
        Run(str(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", Analyses()).totals == OutputTotals()
    )
    assert (tmp_path / "out.jsonl").read_bytes() == b""
    Run(str(tmp_path / "in.jsonl"), tmp_path / "out.csv", Analyses())
    assert (tmp_path / "out.csv").read_text().strip() == ",".join(COLUMNS)


def test_the_output_of_before_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", ["x"] * 200)
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        Run(str(source), out, Analyses(stop_after=100))
    assert out.read_text() == "old"
    Run(str(source), out, Analyses())
    assert len(written(out)) == 200


# Going on


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_an_interrupted_run_is_continued(tmp_path: Path, ending: str) -> None:
    source = jsonl(tmp_path / "in.jsonl", [f"post {n}" for n in range(300)])
    whole, parts = tmp_path / f"whole.{ending}", tmp_path / f"parts.{ending}"
    Run(str(source), whole, Analyses())
    first, second = Analyses(stop_after=150), Analyses()
    with pytest.raises(KeyboardInterrupt):
        Run(str(source), parts, first)
    assert not parts.exists()
    run = Run(str(source), parts, second)
    assert run.start == (150 // CHUNK_ROWS * CHUNK_ROWS, False)
    assert first.seen + second.seen == [f"post {n}" for n in range(300)]
    assert parts.read_bytes() == whole.read_bytes()
    assert run.totals.rows == 300


def test_a_half_written_chunk_is_cut_off(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", [f"post {n}" for n in range(200)])
    out = tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt):
        Run(str(source), out, Analyses(stop_after=100))
    with (tmp_path / "out.jsonl.partial").open("ab") as partial:
        partial.write(b'{"line":65,"id":"p64","dig')
    assert Run(str(source), out, Analyses()).start == (100 // CHUNK_ROWS * CHUNK_ROWS, False)
    assert [answer["id"] for answer in written(out)] == [f"p{n}" for n in range(200)]


@pytest.mark.parametrize("change", ["input", "id", "shorter", "options", "lost rows", "garbage"])
def test_another_input_or_other_options_start_over(tmp_path: Path, change: str) -> None:
    source = jsonl(tmp_path / "in.jsonl", [f"post {n}" for n in range(200)])
    out = tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt):
        Run(str(source), out, Analyses(stop_after=100), names=["tone"])
    if change == "input":
        source.write_text(source.read_text().replace("post 20", "post twenty"))
    elif change == "id":
        source.write_text(source.read_text().replace('"p20"', '"q20"'))
    elif change == "shorter":
        jsonl(source, ["post 0"])
    elif change == "lost rows":
        (tmp_path / "out.jsonl.partial").write_bytes(b"{}")
    elif change == "garbage":
        (tmp_path / "out.jsonl.progress").write_bytes(b"[")
    names = ["sentiment"] if change == "options" else ["tone"]
    analyses = Analyses()
    run = Run(str(source), out, analyses, names=names)
    assert run.start == (0, True)
    assert len(analyses.seen) == len(written(out)) == len(source.read_text().splitlines())


def test_rows_added_behind_what_is_done_do_not_matter(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", [f"post {n}" for n in range(200)])
    with pytest.raises(KeyboardInterrupt):
        Run(str(source), tmp_path / "out.jsonl", Analyses(stop_after=100))
    jsonl(source, [f"post {n}" for n in range(250)])
    assert Run(str(source), tmp_path / "out.jsonl", Analyses()).start == (
        100 // CHUNK_ROWS * CHUNK_ROWS,
        False,
    )
    assert len(written(tmp_path / "out.jsonl")) == 250


def test_standard_input_starts_over(tmp_path: Path) -> None:
    content = jsonl(tmp_path / "in.jsonl", ["x"] * 150).read_bytes()
    for analyses in (Analyses(stop_after=100), Analyses()):
        opened = open_source("-", "jsonl", io.BytesIO(content))
        with OutputFile(tmp_path / "out.jsonl", {}) as out:
            try:
                analyze_file(
                    opened, analyses, out, on_start=lambda *_: None, on_progress=lambda step: None
                )
            except KeyboardInterrupt:
                continue
    assert len(analyses.seen) == 150
    assert len(written(tmp_path / "out.jsonl")) == 150


def test_two_runs_cannot_write_one_output(tmp_path: Path) -> None:
    busy = pytest.raises(OutputBusy, match=r"out\.jsonl\.partial")
    with OutputFile(tmp_path / "out.jsonl", {}), busy:
        OutputFile(tmp_path / "out.jsonl", {}).__enter__()
    with OutputFile(tmp_path / "out.jsonl", {}):
        pass


def test_a_large_input_is_never_in_memory(tmp_path: Path) -> None:
    """Ten times the rows must not take ten times the memory."""

    def peak_bytes(count: int) -> int:
        source = jsonl(tmp_path / f"{count}.jsonl", ["word " * 100] * count)
        analyses = Analyses()
        analyses.seen = _Forgetful()
        tracemalloc.start()
        Run(str(source), tmp_path / f"{count}.out.jsonl", analyses)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_bytes(100)  # what is imported and cached on the way is not the input's
    assert peak_bytes(4_000) < 1.5 * peak_bytes(400)


class _Forgetful(list[str]):
    """Keeps nothing."""

    def __iadd__(self, other: object) -> "_Forgetful":  # type: ignore[override,misc] # on purpose
        return self
