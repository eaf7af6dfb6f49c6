"""What docs/clients.md says is so: its examples run, and its table has all calls."""

import inspect
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serve_app.client import PostLens
from serve_app.client.connection import Resource
from tests.project.pages import ROOT, table, text
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts

PAGE = ROOT / "docs" / "clients.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", text(PAGE), flags=re.S)
[SHELL] = re.findall(r"```sh\n(.*?)```", text(PAGE), flags=re.S)
POSTS = 'id,text,tags\n1,Proud of Siemens. Thank you!,launch\n2,"Sorry, War Zone.",other\n'


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with running_posts(database_url) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "posts.csv").write_text(POSTS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_examples_run(
    api: RunningApi, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {}
    for example in EXAMPLES:
        exec(example.replace("http://127.0.0.1:8000", api.url), names)
    names["postlens"].close()
    shown = capsys.readouterr().out
    assert "analysed positive" in shown
    assert "Thrilled to join Siemens! Thank you." in shown
    assert "/problems/unknown-value /url Send the whole address." in shown
    assert "2 201\n3 201\n2 0 0\n" in shown


@pytest.mark.parametrize("command", SHELL.strip().splitlines())
def test_a_command_does_what_it_says(api: RunningApi, folder: Path, command: str) -> None:
    words = shlex.split(command)
    assert words[0] == "postlens"
    ended = subprocess.run(
        [sys.executable, "-m", "serve_app.cli", *words[1:]],
        env={**os.environ, "PYTHONPATH": str(ROOT), "POSTLENS_URL": api.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_table_has_all_calls_of_the_client() -> None:
    postlens = PostLens.over_http()
    resources = {n: r for n, r in vars(postlens).items() if isinstance(r, Resource)}
    rows = table(PAGE, "field of the client")
    assert resources.keys() <= rows.keys()
    for name, resource in resources.items():
        calls = {n for n, _ in inspect.getmembers(resource, callable) if not n.startswith("_")}
        told = set(re.findall(r"`(\w+)`", rows[name][0]))
        assert calls == told | {f"{call}_async" for call in told}, name
