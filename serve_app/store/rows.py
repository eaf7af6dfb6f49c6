"""Records as the columns that the queries take, and back.

Pure conversions: no connection, no client library.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson

from deployments.wire import EncodedSection
from serve_app.analysis_record import AnalysisRecord
from serve_app.store.write_queue import Entry


def text_columns(entries: Sequence[Entry]) -> list[list[Any]]:
    """The arguments of save_texts.sql."""
    return [
        [bytes.fromhex(entry.record.digest) for entry in entries],
        [entry.record.preamble.decode() for entry in entries],
        [entry.characters for entry in entries],
        [entry.first_seen_at for entry in entries],
        [entry.last_seen_at for entry in entries],
        [entry.seen_count for entry in entries],
    ]


def section_columns(entries: Sequence[Entry]) -> list[list[Any]]:
    """The arguments of save_sections.sql."""
    rows = [
        (entry, analysis, section)
        for entry in entries
        for analysis, section in entry.record.sections.items()
    ]
    return [
        [bytes.fromhex(entry.record.digest) for entry, _, _ in rows],
        [analysis for _, analysis, _ in rows],
        [section.version for _, _, section in rows],
        [section.status for _, _, section in rows],
        [section.body.decode() for _, _, section in rows],
        [entry.last_seen_at for entry, _, _ in rows],
    ]


def stored_record(digest: str, rows: Sequence[Any]) -> AnalysisRecord | None:
    """The record behind the rows of find_record.sql, read by column name; None without any."""
    if not rows:
        return None
    sections = {
        row["analysis"]: EncodedSection(row["status"], row["version"], _compact(row["body"]))
        for row in rows
        if row["analysis"] is not None
    }
    return AnalysisRecord(digest, _compact(rows[0]["head"]), sections)


def stored_records(rows: Sequence[Any]) -> list[AnalysisRecord]:
    """The records behind the rows of most_used.sql, whose rows of a text are neighbours."""
    texts = groupby(rows, key=itemgetter("digest"))
    records = (stored_record(digest, list(sections)) for digest, sections in texts)
    return [record for record in records if record is not None]


def _compact(json: str) -> bytes:
    # jsonb is printed with spaces.
    return orjson.dumps(orjson.loads(json))
