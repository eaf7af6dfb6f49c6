"""The check of the public data sets finds what is missing or different, and nothing else."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.labelled_data import DATA, needs_data
from training.datasets.check import differences
from training.datasets.folders import ROOT, VARIABLE, public_sets
from training.datasets.sources import (
    PublicSet,
    measuring_sets,
    read_manifest,
    trainable_sets,
)

TEXT = b'{"text": "Good news."}\n'
MANIFEST = {
    "news": PublicSet(
        trainable=True,
        sources=("https://example.org/news",),
        licence="MIT",
        files={"train.jsonl": hashlib.sha256(TEXT).hexdigest()},
    )
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "train.jsonl").write_bytes(TEXT)
    return tmp_path


def test_the_files_of_the_manifest_pass(data: Path) -> None:
    (data / "news" / "README.md").write_text("not of the manifest")
    assert list(differences(data, MANIFEST)) == []


def test_a_missing_set_is_named_with_its_address(tmp_path: Path) -> None:
    [line] = differences(tmp_path, MANIFEST)
    assert line == "news: missing; from https://example.org/news"


def test_a_missing_file_is_named(data: Path) -> None:
    (data / "news" / "train.jsonl").unlink()
    assert list(differences(data, MANIFEST)) == ["news/train.jsonl: missing"]


def test_a_changed_file_is_named_with_both_digests(data: Path) -> None:
    (data / "news" / "train.jsonl").write_bytes(TEXT + b"\n")
    [line] = differences(data, MANIFEST)
    assert line.startswith("news/train.jsonl: differs")
    assert MANIFEST["news"].files["train.jsonl"] in line
    assert hashlib.sha256(TEXT + b"\n").hexdigest() in line


def test_the_command_fails_where_the_sets_are_missing(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "training.datasets.check", "--data", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert len(ended.stdout.splitlines()) == len(read_manifest())


@needs_data
def test_the_sets_here_are_those_of_the_released_models() -> None:
    assert list(differences(DATA, read_manifest())) == []


def test_the_environment_names_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/somewhere/else")
    assert public_sets() == Path("/somewhere/else")
    monkeypatch.setenv(VARIABLE, "")
    assert public_sets() == ROOT.parent / "shared" / "data"


def test_every_set_is_for_training_or_for_measuring_and_says_its_licence() -> None:
    manifest = json.loads((ROOT / "training" / "data" / "sources.json").read_text())
    assert {row["use"] for row in manifest.values()} == {"training", "measuring"}
    assert all(row["licence"] and row["files"] for row in manifest.values())
    assert "financial_phrasebank" in measuring_sets() - trainable_sets()
    assert not any("NC" in read_manifest()[name].licence for name in trainable_sets())
