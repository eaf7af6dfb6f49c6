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
from serve_app.store.write_queue import PendingWrite


def text_columns(batch: Sequence[PendingWrite]) -> list[list[Any]]:
    """The arguments of save_texts.sql."""
    return [
        [bytes.fromhex(write.record.digest) for write in batch],
        [write.record.preamble.decode() for write in batch],
        [write.characters for write in batch],
        [write.first_seen_at for write in batch],
        [write.last_seen_at for write in batch],
        [write.seen_count for write in batch],
    ]


def section_columns(batch: Sequence[PendingWrite]) -> list[list[Any]]:
    """The arguments of save_sections.sql."""
    rows = [
        (write, analysis, section)
        for write in batch
        for analysis, section in write.record.sections.items()
    ]
    return [
        [bytes.fromhex(write.record.digest) for write, _, _ in rows],
        [analysis for _, analysis, _ in rows],
        [section.version for _, _, section in rows],
        [section.status for _, _, section in rows],
        [section.body.decode() for _, _, section in rows],
        [section.vector or None for _, _, section in rows],
        [write.last_seen_at for write, _, _ in rows],
    ]


def stored_record(digest: str, rows: Sequence[Any]) -> AnalysisRecord | None:
    """The record behind the rows of find_record.sql, read by column name; None without any."""
    if not rows:
        return None
    sections = {
        row["analysis"]: EncodedSection(
            row["status"], row["version"], _compact(row["body"]), row["vector"] or b""
        )
        for row in rows
        if row["analysis"] is not None
    }
    return AnalysisRecord(digest, _compact(rows[0]["preamble"]), sections)


def stored_records(rows: Sequence[Any]) -> list[AnalysisRecord]:
    """The records behind the rows of most_used.sql, whose rows of a text are neighbours."""
    texts = groupby(rows, key=itemgetter("digest"))
    records = (stored_record(digest, list(sections)) for digest, sections in texts)
    return [record for record in records if record is not None]


def _compact(json: str) -> bytes:
    # jsonb is printed with spaces.
    return orjson.dumps(orjson.loads(json))
