"""Corrections as training data: what the models said, and what is right, line by line.

First what rules and people changed in the answers to the present texts of posts, in order of their
ids; then what people changed in those to earlier texts. Scores follow from labels, and evidence
from words: neither is exported.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from uuid import UUID

import orjson

from serve_app.corrections import correction_repository
from serve_app.corrections.candidates import Candidates, PostWindow, candidate_ids, lexeme
from serve_app.corrections.in_force import RulesInForce
from serve_app.corrections.overlay import Analysis, overlay
from serve_app.corrections.rule_set import RuleSet
from serve_app.corrections.sections.changes import Entry
from serve_app.corrections.values import Correction
from serve_app.posts import repository as posts_repository
from serve_app.posts.changes import Analysed
from serve_app.posts.drafts import analysed_of
from serve_app.posts.stored_analysis import decode_analysis
from serve_app.response.timestamps import rfc3339
from serve_app.store.database import Database
from serve_app.store.queries import query
from serve_app.store.uuid7 import time_of

_FOLDER = Path(__file__).parent
_PAGE_POSTS = 100
_IDS_AHEAD = 20_000
_FIRST_ID = UUID(int=0)
_CORRECTED = Candidates(lexeme("has:corrected"), None, (), None)
#: Fields that say something of their own.
_TOLD = ("label", "mixed", "sentences", "dominant", "items")


async def export_lines(
    database: Database, rules: RulesInForce, workspace: int
) -> AsyncGenerator[bytes, None]:
    """A line of JSON for each change, in constant memory: some lines at a time.

    Raises:
        StoreUnavailable: Postgres cannot be asked.
    """
    async for ids in _corrected_ids(database, workspace):
        async with database.transaction(workspace) as connection:
            found = await posts_repository.find(connection, workspace, ids)
            posts = [analysed_of(found[id]) for id in ids if id in found]
            posts = [post for post in posts if post.analysis]
            answers = await rules.shown(connection, workspace, posts)
            corrections = await correction_repository.corrections_of(connection, workspace, ids)
        pairs = zip(posts, answers, strict=True)
        yield b"".join(b"".join(_lines(p, a, corrections.get(p.id, ()))) for p, a in pairs)
    async for lines in _earlier_lines(database, workspace):
        yield lines


async def _corrected_ids(database: Database, workspace: int) -> AsyncIterator[list[UUID]]:
    """The corrected posts, page by page."""
    after: UUID | None = None
    while True:
        async with database.transaction(workspace) as connection:
            window = PostWindow(after)
            ids = await candidate_ids(connection, workspace, _CORRECTED, window, _IDS_AHEAD)
        for start in range(0, len(ids), _PAGE_POSTS):
            yield ids[start : start + _PAGE_POSTS]
        if len(ids) < _IDS_AHEAD:
            return
        after = ids[-1]


async def _earlier_lines(database: Database, workspace: int) -> AsyncIterator[bytes]:
    """The lines of earlier texts, page by page."""
    place: tuple[UUID, int] = (_FIRST_ID, 0)
    find = query("find_earlier_texts", _FOLDER)
    while True:
        async with database.transaction(workspace) as connection:
            rows = await connection.fetch(find, workspace, *place, _PAGE_POSTS)
            ids = [UUID(int=row["post_id"].int) for row in rows]
            corrections = await correction_repository.corrections_of(connection, workspace, ids)
        lines: list[bytes] = []
        for id, row in zip(ids, rows, strict=True):
            own = [c for c in corrections.get(id, ()) if c.revision == row["revision"]]
            analysis = decode_analysis(row["analysis"])
            post = Analysed(id, row["revision"], row["text"], None, (), None, analysis)
            lines += _lines(post, overlay(RuleSet(), own, post, analysis), own)
        if lines:
            yield b"".join(lines)
        if len(rows) < _PAGE_POSTS:
            return
        place = (ids[-1], rows[-1]["revision"])


def _lines(post: Analysed, answer: Analysis, corrections: Sequence[Correction]) -> Iterator[bytes]:
    """The lines of one post."""
    times = {str(each.id): each.created_at for each in corrections}
    for name, section in answer.items():
        entries = section.get("corrected", ()) if isinstance(section, Mapping) else ()
        for entry in entries:
            if entry["field"] in _TOLD:
                at = times.get(entry["correction"] or "") or time_of(UUID(entry["rule"]))
                line = _line(post, name, entry) | {"model": section["model"], "at": rfc3339(at)}
                yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _line(post: Analysed, name: str, entry: Entry) -> dict[str, object]:
    return {
        "post_id": str(post.id),
        "text": post.text,
        "section": name,
        "field": entry["field"],
        "model_said": entry["model_said"],
        "corrected": entry["now"],
        "by": "rule" if entry["rule"] else "person",
    }
