"""Files of posts imported over the API, on a real Postgres."""

import asyncio
import gzip
import json
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import httpx
import orjson
import psutil
import pytest
from jsonschema import Draft202012Validator

from serve_app.posts.transfer_schemas import import_line_schema
from serve_app.settings import UploadSettings
from tests.labelled_data import DATA
from tests.services.asgi_client import problem
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts
from tests.services.served_posts import served_posts

FIELD_FILES = DATA.parent / "cases" / "files"
URL = "/v1/posts:import"
NDJSON = {"Content-Type": "application/x-ndjson"}
CSV = {"Content-Type": "text/csv"}
MIB = 2**20

POSTS: list[dict[str, Any]] = [
    {
        "external_id": "li-1",
        "text": "Proud of our team in Berlin!\nThank you, all. 🎉",
        "author": "anna",
        "url": "https://example.org/1",
        "published_at": "2026-05-31T12:00:00.000000Z",
        "language": "en",
        "tags": ["launch", "berlin"],
        "metadata": {"campaign": {"name": "spring"}, "n": [1, None]},
    },
    {"external_id": "li-2", "text": 'She said "yes"; we, too.', "tags": []},
]


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[KeptPosts]:
    async with empty_database(database_url) as url, kept_posts(url) as kept:
        yield kept


async def imported(
    kept: KeptPosts, content: bytes, headers: dict[str, str] | None = None, **parameters: Any
) -> list[dict[str, Any]]:
    """The lines of the answer."""
    response = await kept.client.post(
        URL, content=content, headers=headers or NDJSON, params=parameters
    )
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    lines = [orjson.loads(line) for line in response.content.splitlines()]
    validator = Draft202012Validator(import_line_schema())
    assert [error for line in lines for error in validator.iter_errors(line)] == []
    return lines


async def read(kept: KeptPosts, post_id: str) -> dict[str, Any]:
    post: dict[str, Any] = (await kept.client.get(f"/v1/posts/{post_id}")).json()
    return post


def lines_of(posts: Iterable[Any]) -> bytes:
    return b"\n".join(map(orjson.dumps, posts))


def table_of(posts: Iterable[dict[str, Any]], delimiter: str = ",") -> str:
    names = list(POSTS[0])
    rows = [names]
    for post in posts:
        cells = {**post, "tags": ";".join(post["tags"])}
        if "metadata" in cells:
            cells["metadata"] = json.dumps(cells["metadata"])
        rows.append([str(cells.get(name, "")) for name in names])
    quoted = (['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows)
    return "\r\n".join(map(delimiter.join, quoted))


FORMS = {
    "lines": (NDJSON, lines_of(POSTS)),
    "array": ({"Content-Type": "application/json"}, orjson.dumps(POSTS)),
    "object": ({"Content-Type": "application/json"}, orjson.dumps({"posts": POSTS})),
    "csv": (CSV, table_of(POSTS).encode()),
    "excel": (CSV, table_of(POSTS, ";").encode("utf-8-sig")),
    "unicode text": (CSV, table_of(POSTS, "\t").encode("utf-16")),
    "tsv": ({"Content-Type": "text/tab-separated-values"}, table_of(POSTS, "\t").encode()),
    "packed lines": ({"Content-Type": "application/gzip"}, gzip.compress(lines_of(POSTS))),
    "packed csv": (CSV, gzip.compress(table_of(POSTS).encode())),
    "encoded": ({**NDJSON, "Content-Encoding": "gzip"}, gzip.compress(lines_of(POSTS))),
    "bytes": ({"Content-Type": "application/octet-stream"}, orjson.dumps(POSTS)),
}


@pytest.mark.parametrize("form", FORMS)
async def test_one_file_in_many_forms(kept: KeptPosts, form: str) -> None:
    headers, content = FORMS[form]
    first, second, end = await imported(kept, content, headers)
    assert end == {"imported": 2, "updated": 0, "refused": 0, "notes": []}
    for line, post in zip((first, second), POSTS, strict=True):
        found = await read(kept, line["id"])
        assert {name: found[name] for name in post} == post


async def test_what_is_imported_is_analysed_by_itself(kept: KeptPosts) -> None:
    line, _ = await imported(kept, b'{"text": "Thank you all!"}')
    async with asyncio.timeout(30):
        while True:
            post = await read(kept, line["id"])
            if post["state"] != "pending":
                break
            await asyncio.sleep(0.05)
    assert post["analysis"]["sentiment"]["label"] == "positive"


async def test_the_same_file_again_makes_no_doubles(kept: KeptPosts) -> None:
    content = lines_of([*POSTS, {"text": "Thanks!"}, {"text": "Thanks!"}])
    first = await imported(kept, content)
    assert [line.get("status") for line in first] == [201, 201, 201, 201, None]
    again = await imported(kept, content)
    assert again[-1] == {"imported": 0, "updated": 4, "refused": 0, "notes": []}
    assert [line.get("id") for line in again] == [line.get("id") for line in first]
    new = await imported(kept, content, without_id="new")
    assert (new[-1]["imported"], new[-1]["updated"]) == (2, 2)


async def test_a_corrected_file_imports_what_was_refused(kept: KeptPosts) -> None:
    table = "text,Date\nOne,31/05/2026\nTwo,2026-05-31\n"
    first = await imported(kept, table.encode(), CSV)
    assert [line.get("status") for line in first] == [422, 201, None]
    assert first[0]["error"]["pointer"] == "/published_at"
    again = await imported(kept, table.encode(), CSV, date_order="dmy")
    assert [line.get("status") for line in again] == [201, 200, None]
    assert (await read(kept, again[0]["id"]))["published_at"] == "2026-05-31T00:00:00.000000Z"


async def test_columns_are_chosen_by_parameters(kept: KeptPosts) -> None:
    table = b"nr,body,who,when,likes,reach\n7,Hello,ana,1780228800,3,9\n"
    line, end = await imported(
        kept, table, CSV, text_column="body", external_id_column="nr", author_column="who",
        published_at_column="when", keep_column=["likes", "reach"],
    )  # fmt: skip
    assert end["notes"] == []
    post = await read(kept, line["id"])
    assert (post["external_id"], post["author"]) == ("7", "ana")
    assert post["published_at"] == "2026-05-31T12:00:00.000000Z"
    assert post["metadata"] == {"likes": "3", "reach": "9"}


@pytest.mark.parametrize(
    "name, posts, refused",
    [
        ("01_bom_crlf.csv", 3, 0), ("03_semicolon.csv", 3, 0), ("04_sep_line.csv", 3, 0),
        ("05_utf16_tab.csv", 3, 0), ("09_head_Text.csv", 3, 0), ("22_unquoted_commas.csv", 1, 1),
        ("38_mention.csv", 2, 0), ("46_linkedin_comments.csv", 2, 0),
    ],
)  # fmt: skip
async def test_files_of_the_field(kept: KeptPosts, name: str, posts: int, refused: int) -> None:
    if not FIELD_FILES.is_dir():
        pytest.skip("the cases from the field (shared/cases beside the checkout) are not here")
    lines = await imported(kept, (FIELD_FILES / name).read_bytes(), CSV)
    assert lines[-1] == {"imported": posts, "updated": 0, "refused": refused, "notes": []}
    for line in lines[:-1]:
        if line["status"] == 201:
            assert (await read(kept, line["id"]))["text"]


async def test_each_workspace_has_its_own(database_url: str) -> None:
    async with (
        empty_database(database_url) as url,
        kept_posts(url, keys=("acme:k1", "other:k2")) as kept,
    ):
        ids = set()
        for key in ("k1", "k2"):
            headers = {**NDJSON, "Authorization": f"Bearer {key}"}
            line, _ = await imported(kept, b'{"id": "x", "text": "a"}', headers)
            assert line["status"] == 201
            ids.add(line["id"])
        assert len(ids) == 2
        problem(await kept.client.post(URL, content=b"{}", headers=NDJSON), "unauthorized")


# Refusals


async def test_what_is_no_file_of_posts_is_refused(kept: KeptPosts) -> None:
    for headers in ({}, {"Content-Type": "text/plain"}, {**NDJSON, "Content-Encoding": "br"}):
        response = await kept.client.post(URL, content=b"x", headers=headers)
        problem(response, "wrong-media-type")
    response = await kept.client.post(URL, content=b"a,b\n1,2", headers=CSV)
    assert "?text_column=" in problem(response, "unreadable-file")["detail"]
    for parameter, slug in (
        ("autor_column=x", "unknown-field"),
        ("format=xml", "unknown-value"),
        ("date_order=ymd", "unknown-value"),
        ("without_id=none", "unknown-value"),
        (f"encoding={'x' * 61}", "out-of-range"),
    ):
        response = await kept.client.post(f"{URL}?{parameter}", content=b"", headers=NDJSON)
        assert parameter.split("=")[0] in problem(response, slug)["detail"]


async def test_files_are_bounded(database_url: str) -> None:
    uploads = UploadSettings(file_bytes=1_000, unpacked_bytes=2_000)
    async with empty_database(database_url) as url, kept_posts(url, uploads=uploads) as kept:
        post = b'{"text": "a"}'
        at_the_edge = post + b" " * (1_000 - len(post))
        assert (await imported(kept, at_the_edge))[-1]["imported"] == 1
        response = await kept.client.post(URL, content=at_the_edge + b" ", headers=NDJSON)
        assert "1,000 bytes" in problem(response, "body-too-large")["detail"]
        packed = gzip.compress(post + b" " * (2_000 - len(post)))
        assert (await imported(kept, packed))[-1]["updated"] == 1
        packed = gzip.compress(post + b" " * (2_001 - len(post)))
        response = await kept.client.post(URL, content=packed, headers=NDJSON)
        assert "more than 2,000 bytes" in problem(response, "unreadable-file")["detail"]


async def test_rows_before_a_damage_are_kept(kept: KeptPosts) -> None:
    rows = lines_of(
        {"id": number, "text": f"{number} {os.urandom(99).hex()}"} for number in range(9_000)
    )
    lines = await imported(kept, gzip.compress(rows)[:-400_000])
    end = lines[-1]
    assert "gzip file is damaged" in end["error"]["detail"]
    assert end["imported"] == len(lines) - 1 > 1_000
    assert end["refused"] == 0


async def test_so_many_files_are_taken_at_a_time(database_url: str) -> None:
    uploads = UploadSettings(at_a_time=1)
    async with empty_database(database_url) as url, kept_posts(url, uploads=uploads) as kept:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield b'{"text": "a"}'
            begun.set()
            await go_on.wait()

        first = asyncio.create_task(kept.client.post(URL, content=slowly(), headers=NDJSON))
        await begun.wait()
        response = await kept.client.post(URL, content=b"", headers=NDJSON)
        assert response.headers["retry-after"]
        problem(response, "overloaded")
        go_on.set()
        assert (await first).status_code == 200
        assert (await imported(kept, b'{"text": "b"}'))[-1]["imported"] == 1
        assert kept.rooms.uploads.count == 0


# A real port


@pytest.fixture
async def port(database_url: str) -> AsyncIterator[int]:
    async with empty_database(database_url) as url:
        with served_posts(url) as service:
            yield int(service.rpartition(":")[2])


async def test_200_mb_take_no_memory_and_hold_nobody_up(port: int) -> None:
    base = f"http://127.0.0.1:{port}"
    row = orjson.dumps({"id": 1, "text": "Thank you.", "padding": "x" * (MIB - 200)}) + b"\n"
    waits: list[float] = []
    done = threading.Event()

    def ask_others() -> None:
        with httpx.Client(base_url=base, timeout=60) as client:
            while not done.is_set():
                started = time.monotonic()
                assert client.post("/v1/analyze", json={"text": "Hi"}).status_code == 200
                waits.append(time.monotonic() - started)

    def send() -> list[Any]:
        with httpx.Client(base_url=base, timeout=120) as client:
            client.get("/v1/workspace")
            before = psutil.Process().memory_info().rss
            content: Iterator[bytes] = (row for _ in range(200))
            with client.stream("POST", URL, content=content, headers=NDJSON) as response:
                lines = [orjson.loads(line) for line in response.iter_lines()]
            assert psutil.Process().memory_info().rss - before < 64 * MIB
            return lines

    others = asyncio.create_task(asyncio.to_thread(ask_others))
    lines = await asyncio.to_thread(send)
    done.set()
    await others
    assert lines[-1]["imported"] + lines[-1]["updated"] == 200
    assert len(waits) > 20
    assert sorted(waits)[len(waits) // 2] < 0.2


async def test_whoever_leaves_before_the_answer_keeps_what_was_committed(port: int) -> None:
    rows = 20_000
    content = lines_of({"id": number, "text": f"Post {number}"} for number in range(rows))
    head = (
        f"POST {URL} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )

    def leave() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(head.encode() + content)
            answer = b""
            while answer.count(b'"status":201') < 1_000:
                answer += client.recv(65_536)

    await asyncio.to_thread(leave)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
        response = await client.post(URL, content=content, headers=NDJSON)
        lines = [orjson.loads(line) for line in response.content.splitlines()]
        counts = lines[-1]
        assert counts["imported"] + counts["updated"] == rows
        assert counts["updated"] >= 1_000
        assert counts["imported"] > 0, "it went on without anybody to tell"
        exported = await client.get("/v1/posts:export")
        assert len(exported.content.splitlines()) == rows
