"""Where a long command writes is tried before it begins."""

import argparse
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

import loadtest.gpu.__main__ as gpu
import loadtest.scale.__main__ as scale
from training.outputs import output_file, output_folder


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "one"
    assert output_folder(str(folder)) == folder
    assert folder.is_dir()
    assert output_folder(folder) == folder


def test_the_folder_of_a_file_is_made_and_the_file_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "figures.json"
    assert output_file(str(file)) == file
    assert file.parent.is_dir()
    assert not file.exists()
    file.write_text("old")
    assert output_file(file).read_text() == "old"


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below"):
        with pytest.raises(argparse.ArgumentTypeError, match="file"):
            output_folder(folder)
    with pytest.raises(argparse.ArgumentTypeError, match="is a folder"):
        output_file(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(argparse.ArgumentTypeError, match="cannot write into"):
        output_folder(tmp_path)


def test_a_command_refuses_before_it_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setattr("sys.argv", ["scale", "--output", str(file)])
    with pytest.raises(SystemExit) as ended:
        scale.main()
    assert ended.value.code == 2
    assert "cannot make" in capsys.readouterr().err
    result = CliRunner().invoke(gpu.main, ["--output", str(file / "below")])
    assert result.exit_code == 2
    assert "cannot make" in result.output
