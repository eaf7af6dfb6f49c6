"""``postlens posts import`` and ``export`` in processes of their own, against the real API."""

import gzip
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serve_app.client import PostLens
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts
from tests.unit.test_workbooks import xlsx


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with running_posts(database_url) as running:
        yield running


@pytest.fixture(scope="module")
def client(api: RunningApi) -> Iterator[PostLens]:
    with PostLens.over_http(api.url) as postlens:
        yield postlens


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "serve_app.cli", *map(str, arguments)]


def environment(api: RunningApi) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POSTLENS_")}
    return {**clean, "POSTLENS_URL": api.url}


def postlens(api: RunningApi, *arguments: object) -> Any:
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, env=environment(api), timeout=60,
        check=False,
    )  # fmt: skip


def test_refused_rows_are_named_and_all_others_counted(
    api: RunningApi, client: PostLens, tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        "Post ID;Message;Who;When;Extra\n1;Hello there.;cli anna;31.05.2026;x\n"
        "2; ;cli anna;31.05.2026;x\n3;Third one.;cli anna;soon;x\n"
    )
    options = ("--author-column", "Who", "--published-at-column", "When", "--date-order", "dmy")
    done = postlens(api, "posts", "import", path, *options, "--keep-column", "*")
    assert done.returncode == 1
    assert done.stdout == "1 imported, 0 updated, 2 refused\n"
    said = done.stderr.splitlines()
    assert said[0].startswith("line 3: ")
    assert "none of them is visible" in said[0]
    assert said[1].startswith("line 4: 'soon' is no time")
    assert "--date-order mdy or dmy" in said[1]
    [post] = client.posts.find(author="cli anna")
    assert (post.text, post.external_id, post.metadata) == ("Hello there.", "1", {"Extra": "x"})
    assert f"{post.published_at:%Y-%m-%d}" == "2026-05-31"


def test_answers_are_lines_of_json_for_programs(api: RunningApi, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"id": "j1", "text": "One."}\n{broken\n')
    done = postlens(api, "posts", "import", path, "--json")
    assert done.returncode == 1
    first, second, end = map(json.loads, done.stdout.splitlines())
    assert (first["status"], first["external_id"]) == (201, "j1")
    assert (second["line"], second["error"]["type"]) == (2, "/problems/unreadable-row")
    assert (end["imported"], end["refused"]) == (1, 1)
    path.write_text('{"id": "j1", "text": "One."}\n')
    again = postlens(api, "posts", "import", path)
    assert (again.returncode, again.stdout) == (0, "0 imported, 1 updated, 0 refused\n")


def test_a_spreadsheet_is_imported_with_its_rows(
    api: RunningApi, client: PostLens, tmp_path: Path
) -> None:
    path = tmp_path / "posts.xlsx"
    path.write_bytes(
        xlsx(
            Posts=[
                ["Post ID", "Text", "Author", "Date"],
                ["w1", "From a sheet.", "sheet", "2026-05-31"],
                ["w2", "No time.", "sheet", "soon"],
                ["w3", "", "sheet", "2026-05-31"],
                ["w4", "Another.", "sheet", "2026-06-01"],
            ]
        )
    )
    done = postlens(api, "posts", "import", path, "--json")
    assert done.returncode == 1, done.stderr
    *rows, end = map(json.loads, done.stdout.splitlines())
    assert {row["line"]: row["status"] for row in rows} == {2: 201, 3: 422, 4: 422, 5: 201}
    assert (end["imported"], end["refused"]) == (2, 2)
    posts = client.posts.find(author="sheet", sort="time")
    assert [(post.external_id, post.text) for post in posts] == [
        ("w1", "From a sheet."),
        ("w4", "Another."),
    ]


def test_a_terminal_gets_a_progress_bar(api: RunningApi, tmp_path: Path) -> None:
    path = tmp_path / "posts.ndjson"
    path.write_text("".join(json.dumps({"text": f"Bar {n}."}) + "\n" for n in range(50)))
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("posts", "import", path),
        stderr=theirs,
        stdout=subprocess.PIPE,
        env={**environment(api), "TERM": "xterm", "COLUMNS": "120"},
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
    assert process.communicate(timeout=20)[0] == b"50 imported, 0 updated, 0 refused\n"
    assert b"100%" in shown
    assert b"50 rows kept" in shown


@pytest.mark.parametrize(
    "name, content, code, said",
    [
        ("missing.csv", None, 2, "not there"),
        ("posts.docx", "text\n", 2, "ends with '.docx'"),
        ("posts.csv", "a,b\n1,2\n", 1, "--text-column"),
        ("posts.xlsx", "no workbook", 2, "workbook cannot be read"),
    ],
)
def test_what_cannot_be_imported_is_said_without_a_traceback(
    api: RunningApi, tmp_path: Path, name: str, content: str | None, code: int, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    done = postlens(api, "posts", "import", tmp_path / name)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_posts_are_written_to_a_file_that_is_read_again(
    api: RunningApi, client: PostLens, tmp_path: Path
) -> None:
    texts = [{"text": f"Export {n}.", "author": "export", "external_id": f"x{n}"} for n in range(3)]
    client.posts.create_many(texts)
    for name in ("posts.jsonl", "posts.csv", "posts.csv.gz"):
        done = postlens(api, "posts", "export", "-o", tmp_path / name, "--author", "export")
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert f"{(tmp_path / name).stat().st_size:,} bytes in" in done.stderr
        again = postlens(api, "posts", "import", tmp_path / name)
        assert again.stdout == "0 imported, 3 updated, 0 refused\n"
    assert (
        gzip.decompress((tmp_path / "posts.csv.gz").read_bytes())
        == (tmp_path / "posts.csv").read_bytes()
    )
    lines = postlens(api, "posts", "export", "--author", "export", "--has", "author").stdout
    assert [json.loads(line)["text"] for line in lines.splitlines()] == [p["text"] for p in texts]
    assert len(list(tmp_path.iterdir())) == 3  # nothing unfinished is left


def test_what_cannot_be_exported_is_said_and_leaves_no_file(
    api: RunningApi, tmp_path: Path
) -> None:
    odd = postlens(api, "posts", "export", "-o", tmp_path / "posts.docx")
    assert odd.returncode == 2
    assert "must end with" in odd.stderr
    refused = postlens(api, "posts", "export", "-o", tmp_path / "posts.csv", "--tone", "gratefull")
    assert refused.returncode == 1
    assert "Did you mean 'grateful'?" in refused.stderr
    assert list(tmp_path.iterdir()) == []
