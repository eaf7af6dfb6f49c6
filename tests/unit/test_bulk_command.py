"""What `postlens bulk` refuses before it starts anything."""

import os
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from deployments.errors import ModelMissing
from serve_app.answer_columns import PREFIX
from serve_app.bulk import job, pipeline
from serve_app.bulk.locations import Location
from serve_app.cli.bulk import bulk_command
from serve_app.cli.commands import bulk


def run(*arguments: object) -> Result:
    return CliRunner().invoke(bulk, list(map(str, arguments)))


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "posts.csv"
    path.parent.mkdir()
    path.write_text("text\nWe won.\n")
    return path


def test_without_the_extra_it_says_what_to_install(
    posts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = run(posts, posts.parent.parent / "out")
    assert result.exit_code == 1
    assert "needs pyarrow: pip install 'postlens[bulk]'" in result.output


def test_input_and_output_apart(posts: Path) -> None:
    for source, output in (
        (posts.parent, posts.parent / "out"),
        (posts.parent, posts.parent),
        (posts, posts),
        (posts, posts.parent),
    ):
        result = run(source, output)
        assert result.exit_code == 2
        assert "within each other" in result.output


def test_input_has_to_be_there(tmp_path: Path) -> None:
    result = run(tmp_path / "missing", tmp_path / "out")
    assert result.exit_code == 2
    assert "is not there, or empty" in result.output
    assert not (tmp_path / "out").exists()


def test_the_options_are_those_of_the_job() -> None:
    options = {option.name: option for option in bulk.params}
    assert options["batch_rows"].default == job.BATCH_ROWS
    assert getattr(options["batch_rows"].type, "max", None) == job.MAX_BATCH_ROWS
    assert options["prefix"].default == PREFIX
    assert tuple(getattr(options["format"].type, "choices", ())) == job.OUTPUT_FORMATS


class NoCredentials(Exception):
    """As the packages of clouds have their own."""


def test_an_error_of_a_cloud_package_is_told_in_words(
    posts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(place: Location) -> list[str]:
        raise NoCredentials("Unable to locate credentials.")

    monkeypatch.setattr(Location, "all_names", refusing)
    for source in (posts.parent, posts):  # which is read with IN, which with OUT
        result = run(source, posts.parent.parent / "out", "--analyses", "readability")
        assert result.exit_code == 2
        assert "cannot be reached: NoCredentials: Unable to locate" in result.output


def test_a_missing_model_is_no_place_out_of_reach(
    posts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(analyses: object) -> None:
        raise ModelMissing("The weights are not there.")

    monkeypatch.setattr(bulk_command, "model_versions", missing)
    result = run(posts, posts.parent.parent / "out")
    assert result.exit_code == 1
    assert result.output == "Error: The weights are not there.\n"


def test_interrupted_while_files_are_listed(posts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(source: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bulk_command, "find_input_files", interrupted)
    result = run(posts, posts.parent.parent / "out")
    assert result.exit_code == bulk_command.EXIT_INTERRUPTED
    assert "Interrupted before" in result.output


@patch.dict(os.environ)  # in which Ray finds its settings
def test_ray_that_does_not_start_here_ends_the_command(
    posts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, str] = {}

    def failing(*_: object) -> None:
        seen.update(os.environ)
        raise RuntimeError("many lines\nno space left")

    monkeypatch.delenv("RAY_worker_niceness", raising=False)
    monkeypatch.setattr(pipeline, "_join", failing)
    result = run(posts, posts.parent.parent / "out", "--analyses", "readability")
    assert result.exit_code == 1
    assert "Ray did not start on this machine: no space left" in result.output
    joining = run(posts, posts.parent.parent / "out", "--address", "host:1", "--analyses", "tone")
    assert joining.exit_code == 2
    assert seen["RAY_worker_niceness"] == "0"  # workers stand behind no other process


@pytest.mark.parametrize("rows", [0, job.MAX_BATCH_ROWS + 1])
def test_rows_of_a_part_have_a_limit(posts: Path, rows: int) -> None:
    result = run(posts, posts.parent.parent / "out", "--batch-size", rows)
    assert result.exit_code == 2
    assert "100000" in result.output
