"""What the README says is so: its tables, its commands, its sample answer."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.results import ANALYSES, Status
from serve_app.request import batch
from serve_app.request import post as request
from serve_app.settings import Settings
from tests.project.pages import ROOT, table, text

PAGE = ROOT / "README.md"
README = text(PAGE)
#: Those for posts that stay are run by tests/services/test_readme_posts.py, which has a service.
_OTHERS = re.sub(r"## Keep .*?\n## ", "", README, flags=re.S)
SHELL = re.findall(r"```sh\n(.*?)```", _OTHERS, flags=re.S)
COMMANDS = [
    command
    for block in SHELL
    for command in block.replace("\\\n", " ").strip().splitlines()
    if command
]
#: By far the longest ones are run elsewhere: `make test` is what runs this, tests/cluster
#: serves, and the demo has a test of its own below.
RUN_ELSEWHERE = ("make demo", "make serve", "make test", "curl ")


def test_the_limits_are_those_of_the_code() -> None:
    fields = table(PAGE, "field of a request")
    # Nobody sends the salt of a workspace, nor the language of a draft that a sentence is of.
    assert {*fields, "salt", "language"} == set(request.PostRequest.__dataclass_fields__)
    assert f"1 to {request.MAX_CHARACTERS:,}" in fields["text"][0]
    assert f"up to {request.MAX_ID_CHARACTERS}" in fields["id"][0]
    assert f"1 to {request.MAX_TOP_N}" in fields["top_n"][0]
    assert f"1 to {request.MAX_TIMEOUT_MS:,}" in fields["timeout_ms"][0]
    assert fields["top_n"][1] == str(request.PostRequest("x").top_n)
    assert fields["timeout_ms"][1] == f"{Settings().driver.timeout_ms:,}"
    assert all(f"`{unit}`" in fields["offsets"][0] for unit in request.OFFSETS)
    assert all(f"`{name}`" in fields["analyses"][0] for name in ANALYSES)
    assert f"up to {batch.MAX_POSTS:,} posts" in README
    assert f"up to {request.MAX_BODY_BYTES // 2**20} MiB" in README


def test_the_statuses_are_those_of_the_code() -> None:
    assert set(table(PAGE, "`status` of a section")) == {status.value for status in Status}


def test_every_folder_is_listed() -> None:
    listed = set(re.findall(r"(\w+)/", "\n".join(table(PAGE, "folder"))))
    code = {p.name for p in ROOT.iterdir() if p.is_dir() and any(p.glob("**/*.py"))}
    hidden_or_made = {name for name in code if name.startswith(".") or name == "build"}
    assert code - hidden_or_made <= listed


def without_figures(value: object) -> object:
    """The shape of an answer: its keys and its words, but no number and no digest."""
    if isinstance(value, dict):
        return {k: without_figures(v) for k, v in value.items() if k not in ("took_ms", "digest")}
    if isinstance(value, list):
        return [without_figures(item) for item in value]
    return type(value) if isinstance(value, int | float) else value


def test_the_sample_answer_is_what_the_command_gives() -> None:
    from serve_app.in_process import LocalAnalyses
    from serve_app.request.post import parse_post

    [curl] = [command for command in COMMANDS if command.startswith("curl ")]
    body = shlex.split(curl)[shlex.split(curl).index("-d") + 1]
    [sample] = re.findall(r"```json\n(.*?)```", README, flags=re.S)
    shown = json.loads(re.sub(r",\s*\.\.\.", "", sample))
    local = LocalAnalyses()
    answer = json.loads(local.analyze([parse_post(body.encode())])[0])
    for name in ANALYSES:
        # The README leaves out most of the 28 emotions.
        shown_emotions = shown[name].pop("emotions", None)
        given_emotions = answer[name].pop("emotions", None)
        assert set(shown_emotions or ()) <= set(given_emotions or ())
    assert without_figures(shown) == without_figures(answer)


@pytest.mark.parametrize("command", [c for c in COMMANDS if not c.startswith(RUN_ELSEWHERE)])
def test_a_command_does_what_it_says(command: str, tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text('{"id": "a", "text": "We won the contract!"}\n')
    (tmp_path / "posts.csv").write_text("id,text\nb,We lost the contract.\n")
    words = shlex.split(command)
    assert words[0] == "postlens"
    if words[1] == "analyze" and "--local" not in words:
        words.append("--local")  # the other commands ask a service, which is not up here
    ended = subprocess.run(
        [sys.executable, "-m", "serve_app.cli", *words[1:]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "POSTLENS_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    if "-o" in words:
        [row] = (tmp_path / words[words.index("-o") + 1]).read_text().strip().splitlines()[-1:]
        assert "contract" in row or '"id":"a"' in row or row.startswith(("2,b", "b,"))


def test_the_demo_closes_with_its_line() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "serve_app.cli", "demo"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    last = ended.stdout.strip().splitlines()[-1]
    assert re.fullmatch(
        r"105 posts analysed, 0 failed, [\d.]+ posts/s, p50 \d+ ms, p95 \d+ ms", last
    ), ended.stdout
