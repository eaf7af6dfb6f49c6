"""The log files of a service stay small, and their writers lose nothing they can help."""

from pathlib import Path

import pytest

from serve_app.logs import JsonFormatter
from serve_app.standalone.log_rotation import LogRotation


@pytest.fixture
def rotation(tmp_path: Path) -> LogRotation:
    return LogRotation(tmp_path, max_bytes=100)


def test_a_file_at_the_limit_stays_and_one_beyond_begins_anew(
    tmp_path: Path, rotation: LogRotation
) -> None:
    (tmp_path / "small.log").write_bytes(b"a" * 100)
    (tmp_path / "large.log").write_bytes(b"b" * 101)
    assert rotation.tend() == ""
    assert (tmp_path / "small.log").stat().st_size == 100
    assert not (tmp_path / "small.log.1").exists()
    assert (tmp_path / "large.log").stat().st_size == 0
    assert (tmp_path / "large.log.1").read_bytes() == b"b" * 101


def test_however_often_it_is_full_there_are_two_of_it(
    tmp_path: Path, rotation: LogRotation
) -> None:
    with (tmp_path / "server.log").open("ab", buffering=0) as server:  # as a program holds it
        for content in (b"1" * 150, b"2" * 150, b"3" * 150):
            server.write(content)
            rotation.rotate()
        server.write(b"last")
    assert {path.name for path in tmp_path.iterdir()} == {"server.log", "server.log.1"}
    assert (tmp_path / "server.log").read_bytes() == b"last"
    assert (tmp_path / "server.log.1").read_bytes() == b"3" * 150


def test_a_log_of_json_lines_loses_no_line(tmp_path: Path, rotation: LogRotation) -> None:
    import logging
    from logging.handlers import WatchedFileHandler

    handler = WatchedFileHandler(tmp_path / "postlens.jsonl")
    handler.setFormatter(JsonFormatter())
    for number in range(4):
        handler.emit(logging.makeLogRecord({"msg": f"line {number}", "levelname": "INFO"}))
        rotation.rotate()
    handler.close()
    text = (tmp_path / "postlens.jsonl.1").read_text()
    assert "line 3" in text
    assert not (tmp_path / "postlens.jsonl").exists()
