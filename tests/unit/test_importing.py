"""Files written batch by batch, an answer for each row: what is read ahead, tried again, told."""

import asyncio
import io
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson
import pytest

from serve_app.errors import InvalidRequest, ServiceOverloaded, StoreUnavailable
from serve_app.files.rows import UnreadableSource
from serve_app.posts import importing, row_reader
from serve_app.posts.content import PostContent
from serve_app.posts.idempotency import IdempotencyKey
from serve_app.posts.importing import Import
from serve_app.posts.posts import SavedPost
from serve_app.posts.row_reader import BATCH_ROWS, ImportOptions, RowReader
from serve_app.problems import Problem
from serve_app.store.errors import RowRefused
from tests.unit.test_exporting import post_of

Line = dict[str, Any]


class Shelf:
    """Takes posts as the database does, by external id; may be told to fail.

    Attributes:
        failures: raised by the next calls, one each.
        lost: these calls commit before they raise.
        poison: a text that is not taken.
        by_key: what was answered to each key.
    """

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.failures: list[Exception] = []
        self.lost = False
        self.poison = ""
        self.by_key: dict[str, list[SavedPost]] = {}
        self.kept: list[PostContent] = []
        self.names: dict[str, SavedPost] = {}

    async def save(
        self, contents: Sequence[PostContent], *, key: IdempotencyKey | None
    ) -> Sequence[SavedPost]:
        await asyncio.sleep(0)
        if key and key.key in self.by_key:
            return self.by_key[key.key]
        if self.failures and not self.lost:
            raise self.failures.pop(0)
        if any(content.text == self.poison for content in contents):
            raise RowRefused("CharacterNotInRepertoireError")
        self.batches.append(len(contents))
        saved = [self._save(content) for content in contents]
        if key:
            self.by_key[key.key] = saved
        if self.failures:
            raise self.failures.pop(0)
        return saved

    def _save(self, content: PostContent) -> SavedPost:
        name = content.external_id or ""
        if name in self.names:
            return SavedPost(self.names[name].post, False)
        self.kept.append(content)
        saved = SavedPost(post_of(content), True)
        if name:
            self.names[name] = saved
        return saved


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def import_of(
    shelf: Shelf, content: bytes | io.RawIOBase, **choices: Any
) -> tuple[Import, list[str]]:
    """The import of a file, and what was closed."""
    closed: list[str] = []
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    reader = RowReader(
        lambda: io.BufferedReader(source), ImportOptions(choices.pop("format", "jsonl"), **choices)
    )
    running = Import(reader, shelf.save, counted, lambda: closed.append("file"), "request-1")
    return running, closed


async def counted(characters: Sequence[int]) -> list[Problem | None]:
    """Nobody has limits."""
    return [None] * len(characters)


async def lines_of(running: Import) -> list[Line]:
    await running.begin()
    answer = b"".join([piece async for piece in running.lines()])
    running.close()
    return [orjson.loads(line) for line in answer.splitlines()]


async def imported(shelf: Shelf, content: bytes, **choices: Any) -> list[Line]:
    return await lines_of(import_of(shelf, content, **choices)[0])


def ndjson(rows: Iterable[Line]) -> bytes:
    return b"\n".join(map(orjson.dumps, rows))


async def test_each_row_is_answered_in_its_place(shelf: Shelf) -> None:
    content = (
        b'{"id": "x", "text": "One."}\n\n{"id": "y"}\n{"id": "z", "text": " "}\n{"text": "Two."}'
    )
    first, missing, blank, second, end = await imported(shelf, content)
    assert (first["row"], first["line"], first["status"]) == (1, 1, 201)
    assert first["external_id"] == "x"
    assert first["id"] == str(shelf.names["x"].post.id)
    assert (missing["row"], missing["line"], missing["external_id"]) == (2, 3, "y")
    assert missing["error"]["type"] == "/problems/unreadable-row"
    assert "'text' is missing" in missing["error"]["detail"]
    assert missing["error"]["request_id"] == "request-1"
    assert blank["error"]["type"] == "/problems/blank-text"
    assert blank["status"] == blank["error"]["status"] == 422
    assert second["external_id"].startswith("row:")
    assert end == {"imported": 2, "updated": 0, "refused": 2, "notes": []}


async def test_the_same_file_again_is_an_update(shelf: Shelf) -> None:
    rows: list[Line] = [{"text": "Thanks!"}] * 3
    rows += [{"text": "Thanks!", "author": "a"}, {"id": 1, "text": "b"}]
    first = await imported(shelf, ndjson(rows))
    assert first[-1] == {"imported": 5, "updated": 0, "refused": 0, "notes": []}
    again = await imported(shelf, ndjson([{"text": "New"}, *rows]))
    assert again[-1] == {"imported": 1, "updated": 5, "refused": 0, "notes": []}
    assert [line.get("id") for line in again[1:-1]] == [line.get("id") for line in first[:-1]]


async def test_rows_may_be_new_every_time(shelf: Shelf) -> None:
    for _ in range(2):
        lines = await imported(shelf, b'{"text": "a"}\n{"text": "a"}', without_id="new")
        assert lines[-1]["imported"] == 2
        assert lines[0]["external_id"] is None
    assert len(shelf.kept) == 4


async def test_one_id_twice_in_a_file_is_one_post(shelf: Shelf) -> None:
    lines = await imported(shelf, b'{"id": 1, "text": "a"}\n{"id": 1, "text": "b"}')
    assert [line["status"] for line in lines[:-1]] == [201, 200]
    assert lines[0]["id"] == lines[1]["id"]


async def test_likes_do_not_tell_posts_apart(shelf: Shelf) -> None:
    for likes, refused in ((7, 0), (9, 0)):
        table = f"text,Date,Likes\na,2026-05-31,{likes}\n".encode()
        lines = await imported(shelf, table, format="csv")
        assert lines[-1]["refused"] == refused
    assert len(shelf.kept) == 1


async def test_a_refusal_of_a_guessed_column_says_how_to_leave_it_out(shelf: Shelf) -> None:
    table = b"text,Date\na,31/05/2026\n"
    refused = (await imported(shelf, table, format="csv"))[0]["error"]
    assert refused["pointer"] == "/published_at"
    assert (
        "?date_order=mdy or dmy. Or leave the column out: ?published_at_column=" in refused["fix"]
    )


async def test_batches_are_bounded_by_rows_and_by_characters(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"id": number, "text": "x" * 100} for number in range(BATCH_ROWS + 1)]
    await imported(shelf, ndjson(rows))
    assert shelf.batches == [BATCH_ROWS, 1]
    monkeypatch.setattr(row_reader, "BATCH_CHARACTERS", 250)
    shelf.batches.clear()
    await imported(shelf, ndjson(rows[:7]))
    assert shelf.batches == [3, 3, 1]


async def test_the_number_of_rows_is_bounded(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_reader, "MAX_ROWS", 3)
    rows = [{"id": number, "text": "a"} for number in range(4)]
    assert "error" not in (await imported(shelf, ndjson(rows[:3])))[-1]
    lines = await imported(shelf, ndjson(rows))
    assert len(lines) == 4
    assert "more than 3 rows" in lines[-1]["error"]["detail"]


async def test_whoever_takes_no_answers_holds_the_reading_back(shelf: Shelf) -> None:
    read = 0

    class EndlessRows(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            nonlocal read
            row = orjson.dumps({"id": read, "text": "x" * 900}) + b"\n"
            read += 1
            buffer[: len(row)] = row
            return len(row)

    running, closed = import_of(shelf, EndlessRows())
    await running.begin()
    lines = running.lines()
    tracemalloc.start()
    try:
        for batch in range(1, 6):
            await anext(lines)
            await asyncio.sleep(0.05)
            assert len(shelf.batches) == batch
            assert read <= (batch + 2) * (BATCH_ROWS + 100)
        assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    finally:
        tracemalloc.stop()
    await lines.aclose()  # type: ignore[attr-defined]
    running.close()
    await _until(lambda: closed == ["file"])
    assert len(shelf.kept) == 5 * BATCH_ROWS


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while True:
            if reached():
                return
            await asyncio.sleep(0.01)


async def test_the_file_is_closed_behind_its_reading_whoever_leaves(shelf: Shelf) -> None:
    running, closed = import_of(shelf, ndjson({"id": n, "text": "a"} for n in range(5_000)))
    await running.begin()
    lines = running.lines()
    await anext(lines)
    running.close()  # while the next batch is being read
    await _until(lambda: closed == ["file"])


# What the database does


async def test_a_database_that_is_away_for_a_while_is_waited_for(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_FIRST_PAUSE_S", 0.001)
    shelf.failures = [StoreUnavailable("away"), ServiceOverloaded(1), StoreUnavailable("away")]
    lines = await imported(shelf, b'{"id": 1, "text": "a"}')
    assert lines[-1]["imported"] == 1


@pytest.mark.parametrize("without_id", ["digest", "new"])
async def test_a_commit_whose_answer_was_lost_is_not_done_twice(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, without_id: str
) -> None:
    monkeypatch.setattr(importing, "_FIRST_PAUSE_S", 0.001)
    shelf.failures, shelf.lost = [StoreUnavailable("lost")], True
    lines = await imported(shelf, b'{"text": "a"}\n{"id": 1, "text": "a"}', without_id=without_id)
    assert len(shelf.kept) == 2
    assert lines[-1]["imported"] + lines[-1]["updated"] == 2


@pytest.mark.parametrize(
    "failure, slug",
    [(StoreUnavailable("away"), "store-unavailable"), (KeyError("a bug"), "internal")],
)
async def test_where_nobody_can_write_the_import_ends_and_says_so(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, failure: Exception, slug: str
) -> None:
    monkeypatch.setattr(importing, "PATIENCE_S", 0.0)
    content = ndjson({"id": number, "text": "a"} for number in range(2 * BATCH_ROWS + 1))
    running, _ = import_of(shelf, content)
    await running.begin()
    lines = running.lines()
    answer = await anext(lines)
    shelf.failures = [failure]
    answer += b"".join([piece async for piece in lines])
    running.close()
    rows = [orjson.loads(line) for line in answer.splitlines()]
    assert len(rows) == 2 * BATCH_ROWS + 1
    assert [row["status"] for row in rows[:BATCH_ROWS]] == [201] * BATCH_ROWS
    assert {row["error"]["type"] for row in rows[BATCH_ROWS:]} == {f"/problems/{slug}"}
    assert rows[-1]["imported"] == rows[-1]["refused"] == BATCH_ROWS


async def test_a_row_that_the_database_refuses_costs_no_other(shelf: Shelf) -> None:
    shelf.poison = "bad"
    rows = [{"text": "bad" if number == 37 else f"{number}"} for number in range(100)]
    lines = await imported(shelf, ndjson(rows), without_id="new")
    assert [line["row"] for line in lines[:-1] if line["status"] != 201] == [38]
    assert lines[37]["error"]["type"] == "/problems/unreadable-row"
    assert lines[-1]["imported"] == 99


# What files do


@pytest.mark.parametrize(
    "content, format, detail",
    [
        (b"a,b\n1,2\n", "csv", "has no column 'text'"),
        (b"no json", "json", "?format="),
        (b"id,text\n1,\xff\xd0\xcf\xe9\xe8\xeb\xeb\n", "csv", "?encoding="),
    ],
)
async def test_a_file_without_posts_is_no_import(
    shelf: Shelf, content: bytes, format: str, detail: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await imported(shelf, content, format=format)
    assert refused.value.problem.type.slug == "unreadable-file"
    assert detail in refused.value.problem.detail
    assert "--" not in refused.value.problem.detail


async def test_a_file_that_breaks_off_has_its_rows_so_far(shelf: Shelf) -> None:
    class TornFile(io.RawIOBase):
        content = b'{"id": 1, "text": "a"}\n{"id": 2, "text": "b"}\n'

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            if not self.content:
                raise UnreadableSource("The gzip file is damaged.")
            size_bytes = len(self.content)
            buffer[:size_bytes], self.content = self.content, b""
            return size_bytes

    running, _ = import_of(shelf, TornFile())
    lines = await lines_of(running)
    assert [line.get("status") for line in lines] == [201, 201, None]
    assert lines[-1]["error"]["type"] == "/problems/unreadable-file"
    assert lines[-1]["imported"] == 2


async def test_an_empty_file_has_no_rows(shelf: Shelf) -> None:
    end = {"imported": 0, "updated": 0, "refused": 0, "notes": []}
    assert await imported(shelf, b"") == [end]
    assert await imported(shelf, b"[]", format="json") == [end]


@pytest.mark.parametrize(
    "content",
    [
        b'\xef\xbb\xbf\n{"id": 1, "text": "a"}\r\n{"id": 2, "text": "b"}',
        b'[{"id": 1, "text": "a"}, {"id": 2, "text": "b"}]',
        b'{"posts": [\n{"id": 1, "text": "a"}, {"id": 2, "text": "b"}]}',
        b'window.YTD.tweets.part0 = [{"tweet": {"id": 1, "text": "a"}}, {"id": 2, "text": "b"}]',
        b"id;text\n1;a\n2;b\n",
        "id\ttext\n1\ta\n2\tb\n".encode("utf-16"),
    ],
)
async def test_what_a_file_is_may_be_told_from_its_beginning(shelf: Shelf, content: bytes) -> None:
    lines = await imported(shelf, content, format=None)
    assert [line.get("external_id") for line in lines] == ["1", "2", None]
