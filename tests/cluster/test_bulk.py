"""`postlens bulk` on this machine and on a cluster: whole, killed, with other models."""

import json
import time
from pathlib import Path

import pytest

from serve_app.in_process import LocalAnalyses, model_versions
from serve_app.standalone.process_mark import ProcessMark
from tests.cluster.bulk_runs import TIMEOUT_S, rows_of, run, start, two_nodes, write_posts

QUICK = ("--analyses", "readability")


def _records(output: Path) -> list[Path]:
    return list((output / "_postlens" / "parts").glob("*.json"))


def test_a_killed_run_is_continued_and_each_row_is_there_once(tmp_path: Path) -> None:
    ids = write_posts(tmp_path / "in", files=2, rows=400)
    output = tmp_path / "out"
    options = ("--analyses", "sentiment,readability", "--batch-size", "20", "--actors", "1")
    killed = start(tmp_path / "in", output, *options)
    deadline = time.monotonic() + TIMEOUT_S
    while len(_records(output)) < 4:
        assert killed.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    killed.kill()
    killed.communicate(timeout=60)
    # Ray's processes end by themselves; until then one of them may finish a part.
    while ProcessMark(str(output)).processes():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    finished = {path: path.stat().st_mtime_ns for path in output.glob("*.parquet")}
    kept = len(_records(output))
    assert 4 <= kept < 40

    code, report, said = run(tmp_path / "in", output, *options)
    assert code == 1  # two posts are empty
    assert f"Continuing: {kept} parts are finished." in said
    assert (report["parts"], report["parts_skipped"]) == (40, kept)
    assert sum(report["rows_by_node"].values()) == 20 * (40 - kept)
    assert report["refused_by_type"] == {"/problems/blank-text": 2}
    unchanged = [path for path, time_ns in finished.items() if path.stat().st_mtime_ns == time_ns]
    assert len(unchanged) >= kept
    rows = rows_of(output)
    assert sorted(row["id"] for row in rows) == sorted(ids)
    assert [row["id"] for row in rows if row["postlens_error"]] == ["p0", "p400"]
    assert {row["postlens_sentiment"] for row in rows} >= {"positive", None}
    assert not list(output.glob("*.writing"))

    code, report, _ = run(tmp_path / "in", output, *options)
    assert (code, report["parts_skipped"], report["rows_by_node"]) == (1, 40, {})


def test_other_models_begin_again_and_rows_that_are_gone_go(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    source = tmp_path / "in" / "a.jsonl"
    source.write_text("".join(json.dumps({"text": f"We won {n}."}) + "\n" for n in range(6)))
    output = tmp_path / "out"
    code, report, _ = run(tmp_path / "in", output, *QUICK, "--batch-size", "2")
    assert (code, report["rows"], report["parts"]) == (0, 6, 3)
    assert report["versions"].items() >= model_versions(["readability"]).items()
    assert json.loads((output / "_postlens" / "report.json").read_text()) == report

    for path in _records(output):  # as an earlier release would have left them
        record = json.loads(path.read_text())
        record |= {"key": "0", "versions": {**record["versions"], "readability": "0"}}
        path.write_text(json.dumps(record))
    source.write_text("\n".join(source.read_text().splitlines()[:4]))
    code, report, said = run(tmp_path / "in", output, *QUICK, "--batch-size", "2")
    assert "3 of 3 finished parts were analysed by other models" in said
    assert (report["parts_skipped"], report["parts_removed"], report["rows"]) == (0, 1, 4)
    assert len(rows_of(output)) == 4

    code, _, said = run(tmp_path / "in", output, "--analyses", "tone", "--batch-size", "2")
    assert code == 2
    assert "holds the answers of another job" in said


def test_a_damaged_file_costs_the_others_nothing(tmp_path: Path) -> None:
    write_posts(tmp_path / "in", files=1, rows=3)
    (tmp_path / "in" / "damaged.parquet").write_bytes(b"PAR1 and no more")
    code, report, _ = run(tmp_path / "in", tmp_path / "out", *QUICK)
    assert code == 1
    assert list(report["unreadable_files"]) == ["damaged.parquet"]
    assert report["rows"] == len(rows_of(tmp_path / "out")) == 3


def test_there_has_to_be_a_cluster_at_an_address(tmp_path: Path) -> None:
    write_posts(tmp_path / "in", files=1, rows=3)
    code, _, said = run(tmp_path / "in", tmp_path / "out", *QUICK, "--address", "127.0.0.1:1")
    assert code == 2
    assert "no Ray cluster to join at '127.0.0.1:1'" in said


def test_two_nodes_share_the_work(tmp_path: Path) -> None:
    ids = write_posts(tmp_path / "in", files=4, rows=120)
    options = ("--analyses", "sentiment,readability", "--batch-size", "10")
    with two_nodes() as address:
        code, report, said = run(tmp_path / "in", tmp_path / "out", *options, "--address", address)
    assert code == 1, said
    assert len(report["rows_by_node"]) == 2
    assert sum(report["rows_by_node"].values()) == len(ids)
    rows = {row["id"]: row for row in rows_of(tmp_path / "out")}
    assert rows.keys() == set(ids)
    answered = [row for row in rows.values() if not row["postlens_error"]]
    items = LocalAnalyses(("sentiment", "readability")).items([row["text"] for row in answered])
    for row, item in zip(answered, items, strict=True):
        sections = item["result"]
        assert row["postlens_digest"] == sections["digest"]
        assert row["postlens_sentiment"] == sections["sentiment"]["label"]
        scores = sections["sentiment"]["scores"]
        assert row["postlens_sentiment_positive"] == pytest.approx(scores["positive"], abs=1e-2)
        assert row["postlens_readability_ease"] == sections["readability"]["ease"]
