"""What the README says is so: its tables, its commands, its sample answer, its links."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from manifests import ROOT
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from deployments.encoder.encoder import EncoderConfig
from deployments.results import ANALYSES, Status
from serve_app.request import batch
from serve_app.request import post as request
from serve_app.settings import Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELL = re.findall(r"```sh\n(.*?)```", README, flags=re.S)
COMMANDS = [
    command
    for block in SHELL
    for command in block.replace("\\\n", " ").strip().splitlines()
    if command
]
#: By far the longest ones are run elsewhere: `make test` is what runs this, tests/cluster
#: serves, and the demo has a test of its own below.
RUN_ELSEWHERE = ("make demo", "make serve", "make test", "curl ")


def table(header: str) -> dict[str, list[str]]:
    """The rows of the table with this header, by their first cell without back-ticks."""
    lines = README.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {header}"))
    rows = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        first, *rest = [cell.strip() for cell in line.strip("|").split("|")]
        rows[first.strip("`")] = rest
    return rows


def settings(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every setting as the table writes it; what all encoders share is written once."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from settings(kind, f"{prefix}{name}.")
        else:
            shared = issubclass(model, EncoderConfig) and _same_as_all(name, field)
            place = "analyses.*.encoder." if shared else prefix
            default = field.get_default(call_default_factory=True)
            shown = "" if default is None else f"`{default}`"
            yield f"{place}{name}", [shown, field.description or ""]


def _same_as_all(name: str, field: FieldInfo) -> bool:
    return field.default == EncoderConfig.model_fields[name].default


def test_the_table_of_settings_is_that_of_the_code() -> None:
    expected = dict(settings(Settings))
    written = table("key of `args`")
    lines = "\n".join(f"| `{key}` | {d} | {m} |" for key, (d, m) in expected.items())
    assert written == expected, f"the table should be:\n{lines}"


def test_every_setting_says_what_it_is() -> None:
    assert [key for key, (_, meaning) in settings(Settings) if not meaning] == []


def test_the_limits_are_those_of_the_code() -> None:
    fields = table("field of a request")
    assert set(fields) == set(request.PostRequest.__dataclass_fields__)
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
    assert set(table("`status` of a section")) == {status.value for status in Status}


def test_the_variables_are_those_that_are_read() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "serve_app").rglob("*.py"))
    read = set(re.findall(r'"(POSTLENS_[A-Z_]+)"', sources)) - {"POSTLENS_SERVICE"}
    assert set(re.findall(r"POSTLENS_[A-Z_]+", "\n".join(table("variable")))) == read


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_folder_is_listed() -> None:
    listed = set(re.findall(r"(\w+)/", "\n".join(table("folder"))))
    code = {p.name for p in ROOT.iterdir() if p.is_dir() and any(p.glob("**/*.py"))}
    hidden_or_made = {name for name in code if name.startswith(".") or name == "build"}
    assert code - hidden_or_made <= listed


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    assert set(re.findall(r"`?make ([a-z0-9-]+)", README)) <= targets


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
        r"60 posts analysed, 0 failed, [\d.]+ posts/s, p50 \d+ ms, p95 \d+ ms", last
    ), ended.stdout
