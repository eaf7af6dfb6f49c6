"""A run ends with a count of what was skipped, by reason."""

import os
import subprocess
import sys
from pathlib import Path

from tests.project.manifests import ROOT

TESTS = """
import pytest

no_data = pytest.mark.skipif(True, reason="no data is here")

@no_data
def test_one(): ...

@no_data
def test_two(): ...

def test_three():
    pytest.skip("no browser is here")

def test_four(): ...
"""


def output_of(tests: str, folder: Path) -> str:
    (folder / "test_sample.py").write_text(tests)
    plugins = ["-p", "tests.conftest", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, f"--rootdir={folder}", *plugins]
    ended = subprocess.run(
        [*command, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_skips_are_counted_by_reason(tmp_path: Path) -> None:
    lines = [line.strip(" -") for line in output_of(TESTS, tmp_path).splitlines()]
    start = lines.index("3 skipped, by reason")
    assert lines[start + 1 : start + 3] == ["2  no data is here", "1  no browser is here"]


def test_nothing_is_said_where_nothing_was_skipped(tmp_path: Path) -> None:
    assert "by reason" not in output_of("def test_four(): ...", tmp_path)
