"""The command line in processes of its own, against the real HTTP API on a real port."""

import csv
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from deployments.results import ANALYSES
from deployments.text.document import digest
from serve_app.pending_post import Answer
from serve_app.request.post import PostRequest
from serve_app.samples import sample_posts
from tests.services.rule_service import RuleService
from tests.services.running_api import RunningApi, running_api

POST = "We are proud to open our office in Lisbon 🎉. Thank you to Ana Prado! #hiring"
SAMPLES = Path(__file__).parents[2] / "serve_app" / "samples" / "posts.jsonl"


class RecordingService(RuleService):
    """Remembers the texts it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    async def analyze_many(self, posts: Sequence[PostRequest]) -> list[Answer]:
        self.texts += [post.text for post in posts]
        return await super().analyze_many(posts)


@pytest.fixture
def service() -> RecordingService:
    return RecordingService()


@pytest.fixture
def api(service: RecordingService) -> Iterator[RunningApi]:
    with running_api(service) as running:
        yield running


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "serve_app.cli", *map(str, arguments)]


def postlens(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> Any:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("POSTLENS_")}
    return subprocess.run(
        command(*arguments),
        input=stdin,
        capture_output=True,
        env={**clean, **environment},
        timeout=60,
        check=False,
    )


def written(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_text_is_shown_as_a_table(api: RunningApi) -> None:
    done = postlens("analyze", POST, "--url", api.url)
    assert done.returncode == 0, done.stderr
    shown = done.stdout.decode()
    assert "en (" in shown
    assert "positive (positive" in shown
    assert "grateful; " in shown
    assert "#hiring" in shown
    assert "\x1b[" not in shown  # no colours in a pipe


def test_a_text_is_printed_as_json(api: RunningApi) -> None:
    done = postlens("analyze", POST, "--json", "--analyses", "tone, keywords", POSTLENS_URL=api.url)
    answer = json.loads(done.stdout)
    assert answer["tone"]["status"] == "ok"
    assert "sentiment" not in answer
    assert answer["signals"]["hashtags"][0]["text"] == "#hiring"


def test_standard_input_is_one_post(api: RunningApi) -> None:
    done = postlens("analyze", "-", "--json", "--url", api.url, stdin=POST.encode())
    assert json.loads(done.stdout)["signals"]["hashtags"][0]["start"] == POST.index("#hiring")


def test_a_refused_text_ends_with_1(api: RunningApi) -> None:
    done = postlens("analyze", "   ", "--url", api.url)
    assert done.returncode == 1
    assert "none of them is visible" in done.stdout.decode()


def test_the_samples_come_out_in_order(api: RunningApi, tmp_path: Path) -> None:
    done = postlens("analyze", SAMPLES, "-o", tmp_path / "out.jsonl", "--url", api.url)
    assert done.returncode == 0, done.stderr
    assert b"60 rows in" in done.stderr
    assert b"0 failed" in done.stderr
    assert done.stderr.count(b"\n") == 1  # no progress bar where there is no terminal
    out = written(tmp_path / "out.jsonl")
    assert [answer["id"] for answer in out] == [post.id for post in sample_posts()]
    for answer, post in zip(out, sample_posts(), strict=True):
        for item in answer["keywords"]["items"]:
            assert post.text[item["start"] : item["end"]] == item["text"]


def test_bad_rows_are_reported_in_their_places(api: RunningApi, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(
        b'{"id": "a", "text": "Good news from Oslo."}\n{broken\n{"id": "c", "text": "caf\xe9"}\n'
        b'{"id": "d"}\n{"id": "e", "text": ""}\n'
        + json.dumps({"id": "f", "text": "x" * 20_001}).encode()
        + b'\n{"id": "g", "text": "The end."}\n'
    )
    out = tmp_path / "out.jsonl"
    done = postlens("analyze", tmp_path / "in.jsonl", "-o", out, "--url", api.url)
    assert done.returncode == 1
    assert b"7 rows" in done.stderr
    assert b"5 failed" in done.stderr
    types = [answer.get("error", {}).get("type") for answer in written(out)]
    unreadable = "/problems/unreadable-row"
    assert types == [None, unreadable, unreadable, unreadable,
                     "/problems/blank-text", "/problems/text-too-long", None]  # fmt: skip
    assert [answer["line"] for answer in written(out)] == [1, 2, 3, 4, 5, 6, 7]
    assert [a["id"] for a in written(out)] == ["a", None, None, "d", "e", "f", "g"]


def test_csv_to_csv(api: RunningApi, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    with source.open("w", newline="") as file:
        csv.writer(file).writerows([["id", "text"], *[[p.id, p.text] for p in sample_posts()]])
    done = postlens("analyze", source, "-o", tmp_path / "out.csv", "--url", api.url)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8-sig") as file:
        table = list(csv.DictReader(file))
    assert [row["id"] for row in table] == [post.id for post in sample_posts()]
    assert {row["sentiment_status"] for row in table} == {"ok"}
    assert table[0]["hashtags"] == "#hiring; #logistics; #backend"


def test_an_export_is_read_as_it_is_and_what_is_not_read_is_said(
    api: RunningApi, tmp_path: Path
) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.jsonl"
    notes, header = "Company page, May\n\n", "Post ID;Title;Message\n"
    rows = "m1;News;Très fiers de Zoë, à Orléans\nm2;x;a;b\n"
    source.write_bytes(f"{notes}{header}{rows}".encode("windows-1252"))
    done = postlens("analyze", source, "-o", out, "--url", api.url)
    assert done.returncode == 1
    assert [(answer["id"], "error" in answer) for answer in written(out)] == [
        ("m1", False),
        ("m2", True),
    ]
    said = done.stderr.decode()
    assert "it is read as windows-1252" in said
    assert "Line 1 is taken for notes" in said
    assert "from the column 'Message'" in said
    assert "2 rows in" in said.splitlines()[-1]
    titles = postlens(
        "analyze", source, "-o", out, "--url", api.url,
        "--text-column", "title", "--encoding", "cp1252",
    )  # fmt: skip
    assert "column" not in titles.stderr.decode()
    assert written(out)[0]["digest"] == digest("News")


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["missing.csv", "-o", "out.jsonl"], "not there"),
        (["missing.csv"], "-o"),
        (["x", "-o", "out.parquet"], ".jsonl or .csv"),
        (["x", "-o", "nowhere/out.csv"], "no folder"),
        (["x", "--analyses", "sentimant"], "sentimant"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], said: str) -> None:
    done = postlens("analyze", *arguments)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr.decode()


def test_in_and_out_must_differ(tmp_path: Path) -> None:
    source = tmp_path / "posts.jsonl"
    source.write_text('{"text": "a"}')
    done = postlens("analyze", source, "-o", source)
    assert done.returncode == 2
    assert source.read_text() == '{"text": "a"}'


def test_warming_sends_every_post_once_and_says_what_was_cached(
    api: RunningApi, tmp_path: Path
) -> None:
    source = tmp_path / "posts.jsonl"
    texts = [f"Warm post {n} is about Tromsø." for n in range(50)]
    lines = [json.dumps({"text": text}) for text in texts]
    source.write_text("\n".join([*lines, "{broken", json.dumps({"text": " "})]) + "\n")
    cold = postlens("warm", source, "--url", api.url)
    assert cold.returncode == 1  # two rows are no posts
    said = b"52 posts: 50 analysed and cached, 0 were cached already, 0 incomplete, 2 failed"
    assert said in cold.stderr
    assert cold.stdout == b""
    source.write_text("\n".join(lines))
    again = postlens("warm", source, POSTLENS_URL=api.url)
    assert again.returncode == 0, again.stderr
    assert b"50 posts: 0 analysed and cached, 50 were cached already" in again.stderr


def test_warming_says_what_it_cannot_read_and_whom_it_cannot_reach(tmp_path: Path) -> None:
    missing = postlens("warm", tmp_path / "missing.csv")
    assert missing.returncode == 2
    assert b"not there" in missing.stderr
    nobody = postlens("warm", SAMPLES, "--url", "http://127.0.0.1:9")
    assert nobody.returncode == 1
    assert b"postlens serve" in nobody.stderr


def test_no_service_is_told_with_the_remedy(tmp_path: Path) -> None:
    done = postlens("analyze", SAMPLES, "-o", tmp_path / "out.jsonl", "--url", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert b"postlens serve" in done.stderr
    assert b"Traceback" not in done.stderr
    assert list(tmp_path.glob("*.partial")) == []


def test_ctrl_c_keeps_what_is_done_and_a_rerun_continues(
    api: RunningApi, service: RecordingService, tmp_path: Path
) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    texts = [f"Post number {n} is about Bergen." for n in range(640)]
    source.write_text("".join(json.dumps({"id": n, "text": t}) + "\n" for n, t in enumerate(texts)))
    service.pause_s = 0.15
    arguments: list[str | Path] = ["analyze", source, "-o", out, "--url", api.url]
    first = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE)
    wait_for_rows(out.with_name("out.jsonl.progress"), 128)
    first.send_signal(signal.SIGINT)
    _, said = first.communicate(timeout=20)
    assert first.returncode == 130, said
    assert b"run the same command again to continue" in said
    assert b"Traceback" not in said
    assert not out.exists()
    kept = len(out.with_name("out.jsonl.partial").read_text().splitlines())
    assert 128 <= kept < 640

    service.pause_s = 0.0
    time.sleep(0.5)  # the service ends what the interrupted run had asked for
    service.texts.clear()
    again = postlens(*arguments)
    assert again.returncode == 0, again.stderr
    assert f"Continuing after the {kept} rows".encode() in again.stderr
    assert sorted(service.texts) == sorted(texts[kept:])  # nothing is asked for twice
    assert [answer["id"] for answer in written(out)] == list(range(640))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_a_killed_run_is_continued_too(
    api: RunningApi, service: RecordingService, tmp_path: Path
) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.csv"
    source.write_text("".join(json.dumps({"text": f"Post {n}."}) + "\n" for n in range(400)))
    service.pause_s = 0.15
    arguments: list[str | Path] = ["analyze", source, "-o", out, "--url", api.url]
    first = subprocess.Popen(command(*arguments), stderr=subprocess.DEVNULL)
    wait_for_rows(out.with_name("out.csv.progress"), 64)
    first.kill()
    first.wait(10)
    service.pause_s = 0.0
    assert b"Continuing after" in postlens(*arguments).stderr
    with out.open(newline="", encoding="utf-8-sig") as file:
        assert [row["line"] for row in csv.DictReader(file)] == [str(n) for n in range(1, 401)]


def started(source: Path, out: Path, api: RunningApi, *options: str) -> "subprocess.Popen[bytes]":
    """A run of 200 posts that has done at least 64 of them."""
    source.write_text("".join(json.dumps({"text": f"Post {n}."}) + "\n" for n in range(200)))
    arguments: list[str | Path] = ["analyze", source, "-o", out, "--url", api.url, *options]
    run = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE)
    wait_for_rows(out.with_name("out.jsonl.progress"), 64)
    return run


def test_a_service_that_stays_away_costs_nothing_that_is_done(
    api: RunningApi, service: RecordingService, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    service.pause_s = 0.15
    run = started(tmp_path / "in.jsonl", out, api, "--retry-for", "1")
    api.front.statuses = [503] * 40
    _, said = run.communicate(timeout=30)
    assert run.returncode == 1
    assert b"it is asked again for 1 s" in said
    assert b"rows are kept in" in said
    assert b"No answer from" in said
    api.front.statuses = []
    again = postlens("analyze", tmp_path / "in.jsonl", "-o", out, "--url", api.url)
    assert again.returncode == 0
    assert len(written(out)) == 200


def test_a_service_that_comes_back_finds_the_work_waiting(
    api: RunningApi, service: RecordingService, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    service.pause_s = 0.15
    run = started(tmp_path / "in.jsonl", out, api)
    api.front.body, api.front.content_type = b"Path '/v1' not found", b"text/plain"
    api.front.statuses = [503] * 1_000
    assert run.stderr is not None
    assert b"it is asked again for 300 s" in run.stderr.readline()
    api.front.statuses = [404]
    _, said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert b"it is asked again" not in said
    assert said.count(b"answers again, after") == 1
    assert len(written(out)) == 200


def test_ctrl_c_ends_the_waiting_for_a_service(
    api: RunningApi, service: RecordingService, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    service.pause_s = 0.15
    run = started(tmp_path / "in.jsonl", out, api)
    api.front.statuses = [503] * 1_000
    assert run.stderr is not None
    first_line = run.stderr.readline()
    assert b"it is asked again for 300 s" in first_line
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=20)
    assert run.returncode == 130
    assert b"run the same command again to continue" in said
    assert b"Traceback" not in said


def test_a_terminal_gets_a_progress_bar(api: RunningApi, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("analyze", SAMPLES, "-o", tmp_path / "out.jsonl", "--url", api.url),
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # how Linux says that the other end is closed
            break
        if not piece:
            break
        shown += piece
    assert process.wait(20) == 0
    assert b"100%" in shown
    assert b"posts/s" in shown


def test_local_needs_no_server_and_no_ray(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    posts = [{"id": n, "text": sample_posts()[n % 60].text} for n in range(1_000)]
    source.write_text("".join(json.dumps(post) + "\n" for post in posts))
    program = (
        "import sys; from serve_app.cli.commands import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit as end: print(end.code)\n"
        "print([m for m in ('ray', 'httpx', 'asyncpg', 'redis') if m in sys.modules])"
    )
    arguments = ["analyze", source, "-o", out, "--local", "--analyses", "readability"]
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True
    )
    assert done.stdout.split("\n")[:2] == ["0", "[]"], done.stderr
    assert [answer["id"] for answer in written(out)] == list(range(1_000))
    german = written(out)[16]["readability"]
    assert german["status"] == "ok"
    assert written(out)[0]["readability"]["grade"] > 0


def test_local_gives_all_five(tmp_path: Path) -> None:
    source, out = tmp_path / "in.txt", tmp_path / "out.jsonl"
    source.write_text(POST)
    done = postlens("analyze", source, "-o", out, "--local")
    assert done.returncode == 0, done.stderr
    [answer] = written(out)
    assert {name: answer[name]["status"] for name in ANALYSES} == dict.fromkeys(ANALYSES, "ok")
    assert answer["sentiment"]["label"] == "positive"
    assert any(item["text"] == "Lisbon" for item in answer["entities"]["items"])


def wait_for_rows(progress: Path, rows: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if progress.exists() and json.loads(progress.read_bytes())["totals"]["rows"] >= rows:
            return
        time.sleep(0.02)
    raise AssertionError(f"{rows} rows were not done within 20 s")


@pytest.mark.parametrize("argument", ["version", "--help"])
def test_version_and_help_import_nothing_heavy(argument: str) -> None:
    program = (
        "import sys; from serve_app.cli.commands import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit as end: assert not end.code\n"
        "heavy = ('ray', 'torch', 'numpy', 'pydantic', 'httpx', 'rich', 'fastapi', 'asyncpg')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, argument], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_doctor_names_what_is_wrong_and_the_fix(tmp_path: Path) -> None:
    with running_api() as api:
        port = api.url.rpartition(":")[2]
        done = postlens(
            "doctor", "--port", port, "--data-dir", tmp_path / "data",
            POSTLENS_DATABASE_URL="postgresql://nobody@127.0.0.1:9/none",
            POSTLENS_REDIS_URL="redis://127.0.0.1:9/0",
        )  # fmt: skip
    findings = done.stdout.decode()
    assert done.returncode == 1
    assert f"fail port       {port}: Address already in use" in findings
    assert "fail database" in findings
    assert "warn cache" in findings
    assert findings.count("fix: ") >= 3
    assert "ok   ray" in findings
    assert "Traceback" not in done.stderr.decode()


def test_doctor_tries_the_embedded_servers(tmp_path: Path) -> None:
    done = postlens("doctor", "--port", "0", "--data-dir", tmp_path / "data")
    assert "ok   embedded   Postgres and Valkey start" in done.stdout.decode()
    assert not (tmp_path / "data").exists()
