"""The Python client's imports and exports, against the real API on a real port and Postgres."""

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serve_app.client import ImportStopped, PostLens, PostLensError, RequestRefused
from serve_app.client.posts.transfer import ImportedRow
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with running_posts(database_url, keys=("acme:a-key",)) as running:
        yield running


@pytest.fixture
def postlens(api: RunningApi) -> Iterator[PostLens]:
    with PostLens.over_http(api.url, api_key="a-key") as client:
        yield client


def lines(*posts: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(post).encode() + b"\n" for post in posts)


def test_a_file_is_kept_row_by_row(postlens: PostLens, tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text('id,text,author\n1,Hello there.,anna\n2, ,ben\n3,"Two\nlines.",anna\n')
    rows: list[ImportedRow] = []
    sent: list[int] = []
    summary = postlens.posts.import_file(path, on_row=rows.append, on_sent=sent.append)
    assert (summary.imported, summary.updated, summary.refused) == (2, 0, 1)
    assert sent == [path.stat().st_size]
    assert [(r.row, r.line, r.status, r.external_id) for r in rows] == [
        (1, 2, 201, "1"),
        (2, 3, 422, "2"),
        (3, 4, 201, "3"),
    ]
    problem = rows[1].problem
    assert problem
    assert (problem.type, rows[1].post_id) == ("/problems/blank-text", None)
    assert rows[2].post_id
    assert postlens.posts.get(rows[2].post_id).text == "Two\nlines."
    again = postlens.posts.import_file(str(path))
    assert (again.imported, again.updated, again.refused) == (0, 2, 1)


def test_what_is_read_in_binary_is_imported_in_any_form(postlens: PostLens) -> None:
    posts = [{"text": f"Stream {n}.", "kind": "b", "when": "05/06/2026"} for n in range(3)]
    packed = io.BytesIO(gzip.compress(lines(*posts)))
    summary = postlens.posts.import_file(
        packed, format="ndjson", keep_column=["kind"], published_at_column="when",
        date_order="dmy", without_id="new",
    )  # fmt: skip
    assert summary.imported == 3
    as_array = io.BytesIO(json.dumps(posts).encode())
    items = list(postlens.posts.import_items(as_array, format="json", author_column="kind"))
    assert [item.get("status") for item in items] == [201, 201, 201, None]
    post = postlens.posts.get(items[0]["id"])
    assert (post.author, post.metadata) == ("b", None)
    assert postlens.posts.delete_author("b") == 3


def test_a_file_larger_than_any_body_is_sent_in_parts(postlens: PostLens, tmp_path: Path) -> None:
    path = tmp_path / "posts.ndjson"
    path.write_bytes(
        lines(*({"text": f"{n} " + "x" * 9_000, "id": f"large-{n}"} for n in range(1_100)))
    )
    assert path.stat().st_size > 8 * 2**20
    sent: list[int] = []
    assert postlens.posts.import_file(path, on_sent=sent.append).imported == 1_100
    assert len(sent) > 10


def test_what_is_no_file_of_posts_is_refused(postlens: PostLens, tmp_path: Path) -> None:
    with pytest.raises(RequestRefused) as refused:
        postlens.posts.import_file(io.BytesIO(b"a,b\n1,2\n"), format="csv")
    assert refused.value.type == "/problems/unreadable-file"
    with pytest.raises(RequestRefused) as refused:
        postlens.posts.import_file(io.BytesIO(b""), format="csv", date_order="ymd")
    assert refused.value.status == 422
    with pytest.raises(PostLensError, match="does not tell by its ending"):
        postlens.posts.import_file(tmp_path / "posts.docx")
    with pytest.raises(PostLensError, match="does not tell by its ending"):
        postlens.posts.import_file(io.BytesIO(b""))
    with pytest.raises(FileNotFoundError):
        postlens.posts.import_file(tmp_path / "posts.csv")


def test_a_file_that_breaks_off_says_what_was_kept(postlens: PostLens) -> None:
    packed = gzip.compress(lines(*({"text": f"Packed {n}."} for n in range(2_000))))
    with pytest.raises(ImportStopped, match="damaged") as stopped:
        postlens.posts.import_file(io.BytesIO(packed[:-100]), format="ndjson")
    assert stopped.value.summary.imported > 0
    assert stopped.value.problem.type == "/problems/unreadable-file"


def test_the_key_is_asked_for(api: RunningApi) -> None:
    with PostLens.over_http(api.url) as stranger, pytest.raises(RequestRefused) as refused:
        stranger.posts.import_file(io.BytesIO(b"text\nHi.\n"), format="csv")
    assert refused.value.status == 401


async def test_the_async_twins_do_the_same(api: RunningApi) -> None:
    async with PostLens.over_http(api.url, api_key="a-key") as postlens:
        file = io.BytesIO(lines({"text": "Async import.", "id": "async"}))
        assert (await postlens.posts.import_file_async(file, format="ndjson")).imported == 1
        file.seek(0)
        items = [i async for i in postlens.posts.import_items_async(file, format="ndjson")]
        assert [item.get("status") for item in items] == [200, None]


def test_an_export_is_read_in_parts(postlens: PostLens) -> None:
    texts = [{"text": f"Part {n}.", "author": "parts"} for n in range(250)]
    postlens.posts.create_many(texts, wait=False)
    parts = list(postlens.posts.export(author="parts"))
    assert parts
    lines = b"".join(parts).splitlines()
    assert [json.loads(line)["text"] for line in lines] == [post["text"] for post in texts]
    table = b"".join(postlens.posts.export(format="csv", author="parts")).decode("utf-8-sig")
    assert table.startswith("id,external_id,")
    assert len(table.splitlines()) == 251
    with pytest.raises(RequestRefused):
        next(postlens.posts.export(tone="gratefull"))
