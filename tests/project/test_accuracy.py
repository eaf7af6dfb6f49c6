"""No change may cost accuracy unseen: a quick evaluation keeps every floor."""

import subprocess
import sys

import pytest

from tests.labelled_data import needs_data
from tests.project.manifests import ROOT
from training.evaluation import floors

# Five minutes of one core's work, on whatever core there is.
_MOST_SECONDS = 2_000


def test_the_checks_have_a_floor() -> None:
    assert floors.read()["sentiment"]["checks by phenomenon pass rate"] >= 0.80


@needs_data
@pytest.mark.timeout(_MOST_SECONDS + 60)
def test_a_quick_evaluation_keeps_the_floors() -> None:
    # In a process of its own: textstat and torch keep settings that other tests change.
    ended = subprocess.run(
        [sys.executable, "-m", "training.evaluate", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_MOST_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "| language |" in ended.stdout
