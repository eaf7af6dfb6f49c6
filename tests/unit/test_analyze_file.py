"""From files to files: reading, writing, and going on after an interruption."""

import codecs
import csv
import io
import json
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from deployments.text.document import digest
from serve_app.cli.analyze.answer_table import print_answer
from serve_app.cli.analyze.output_file import OutputBusy, OutputFile, OutputTotals
from serve_app.cli.analyze.pipeline import (
    CHUNK_ROWS,
    FileProgress,
    analyze_file,
    chunks,
    open_source,
)
from serve_app.files.csv_columns import COLUMNS, csv_row
from serve_app.files.formats import read_rows
from serve_app.files.rows import Format, InputRow, ReadOptions, UnreadableSource

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


def written(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def jsonl(path: Path, texts: Sequence[str]) -> Path:
    lines = [json.dumps({"id": f"p{n}", "text": text}) + "\n" for n, text in enumerate(texts)]
    path.write_text("".join(lines))
    return path


# What is read


def test_what_in_means(tmp_path: Path) -> None:
    file = tmp_path / "posts.JSONL"
    file.write_text('{"text": "a"}')
    choices: tuple[tuple[Format | None, Format], ...] = ((None, "jsonl"), ("txt", "txt"))
    for format, read_as in choices:
        opened = open_source(str(file), format, NO_STDIN)
        with opened.stream:
            assert opened.reading.format == read_as
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
    source = jsonl(tmp_path / "in.jsonl", ["word " * 600] * 150)
    run = Run(str(source), tmp_path / "out.jsonl", Analyses())
    assert [step.rows for step in run.steps] == [32, 64, 96, 128, 150]
    read = [step.read_bytes for step in run.steps]
    assert read == sorted(read)
    assert len(set(read)) > 3
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
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8-sig") as file:
        table = list(csv.DictReader(file))
    assert tuple(table[0]) == COLUMNS
    assert (table[0]["id"], table[0]["sentiment"], table[0]["error"]) == ("p0", "positive", "")
    assert (table[1]["id"], table[1]["sentiment"]) == ("p1", "")
    assert table[1]["error"] == "The text is blank."


def test_csv_output_is_safe_to_open_in_a_spreadsheet(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,text\n=1+1,a\n-7,b\n@acme,c\n'+x,d\nzoë,e\n")
    Run(str(source), tmp_path / "out.csv", Analyses())
    content = (tmp_path / "out.csv").read_bytes()
    assert content.startswith(codecs.BOM_UTF8)
    table = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert [row["id"] for row in table] == ["'=1+1", "-7", "'@acme", "''+x", "zoë"]
    reading = ReadOptions("csv", text_column="digest")
    ids = [row.id for row in read_rows(io.BytesIO(content), reading)]
    assert ids == ["=1+1", "-7", "@acme", "'+x", "zoë"]


def test_an_id_beyond_64_bits_comes_back_as_it_was_sent(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    numbers = [2**63, 2**64 - 1, 2**64, -(10**40), 7]
    source.write_text("".join(json.dumps({"id": n, "text": "ü"}) + "\n" for n in numbers))
    Run(str(source), tmp_path / "out.jsonl", Analyses())
    assert [answer["id"] for answer in written(tmp_path / "out.jsonl")] == numbers


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
    assert (tmp_path / "out.csv").read_text("utf-8-sig").strip() == ",".join(COLUMNS)


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


GULPEASE = {"status": "ok", "ease": 61.2, "gulpease": 58.4, "words": 11, "sentences": 1}
COUNTS = {"status": "ok", "words": 14, "sentences": 2}


@pytest.mark.parametrize(
    "section, described",
    [
        (GULPEASE, "ease 61 of 100, Gulpease 58.4, 11 words in 1 sentences, 3 s to read"),
        (COUNTS, "14 words in 2 sentences, 3 s to read"),
        (COUNTS | {"ease": 70.0, "grade": 6.5, "flesch_reading_ease": 66.0},
         "ease 70 of 100, grade 6.5, 14 words in 2 sentences, 3 s to read"),
    ],
)  # fmt: skip
def test_the_table_has_the_formula_of_the_language(section: dict[str, Any], described: str) -> None:
    shown = io.StringIO()
    answer = {
        "line": 1,
        "id": None,
        "language": {"code": "it", "confidence": 0.9},
        "readability": section | {"reading_time_s": 2.9},
        "signals": {},
        "digest": "00",
    }
    print_answer(answer, Console(file=shown, width=200))
    assert described in shown.getvalue()


def test_a_row_has_the_formulas_of_the_language_alone() -> None:
    row = csv_row({"line": 1, "id": None, "readability": GULPEASE})
    assert (row["gulpease"], row["ease"], row["words"]) == (58.4, 61.2, 11)
    assert (row["grade"], row["flesch_reading_ease"], row["lix"]) == (None, None, None)
