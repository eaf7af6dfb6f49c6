"""What became of all rows of a job so far, and the report at its end."""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from serve_app.bulk.part import BulkPart


@dataclass(slots=True)
class BulkTotals:
    """Counts over the parts that have passed.

    Attributes:
        parts: that are in the output.
        earlier_parts: of these, those of earlier runs.
        rows: in the output.
        earlier_rows: of these, those of earlier runs.
        failed: rows that were refused.
        problems: these by the type of their problem.
        incomplete: rows of which an analysis gave no answer.
        input_bytes: of the input that have passed.
        node_rows: rows that this run has analysed, by the node of Ray.
        began_at: when the first of these was begun, in seconds since 1970; by then its actor had
            the models.
        ended_at: when the last was analysed.
        failures: why files could not be read to their end, by file.
        notes: what a person should know of how files were read, each once.
        removed_parts: of rows that the input no longer has.
    """

    parts: int = 0
    earlier_parts: int = 0
    rows: int = 0
    earlier_rows: int = 0
    failed: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    incomplete: int = 0
    input_bytes: int = 0
    node_rows: Counter[str] = field(default_factory=Counter)
    began_at: float = math.inf
    ended_at: float = 0.0
    failures: dict[str, str] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    removed_parts: int = 0

    def add(self, part: BulkPart) -> None:
        """Take in a part that has passed all stages."""
        self.notes.update(dict.fromkeys(part.notes))
        if part.failure:
            self.failures[part.file] = part.failure
            return
        self.parts += 1
        self.rows += part.rows
        self.failed += part.failed
        self.problems.update(part.problems)
        self.incomplete += part.incomplete
        self.input_bytes += part.input_bytes
        if part.earlier:
            self.earlier_parts += 1
            self.earlier_rows += part.rows
        else:
            self.node_rows[part.node] += part.rows
            self.began_at = min(self.began_at, part.began_at)
            self.ended_at = max(self.ended_at, part.ended_at)

    @property
    def new_rows(self) -> int:
        """Rows that this run has answered or refused."""
        return self.rows - self.earlier_rows

    @property
    def steady_rate(self) -> float:
        """Posts a second from the begin of the first part to the end of the last; 0 without any.

        The start of Ray and the first loading of models are not in it.
        """
        return self.new_rows / (self.ended_at - self.began_at) if self.new_rows else 0.0

    @property
    def all_answered(self) -> bool:
        """Whether every row of every file has its whole answer."""
        return not (self.failed or self.incomplete or self.failures)

    def as_dict(self) -> dict[str, Any]:
        """The counts for programs."""
        return {
            "rows": self.rows,
            "answered": self.rows - self.failed,
            "refused": self.failed,
            "refused_by_type": dict(self.problems),
            "incomplete": self.incomplete,
            "parts": self.parts,
            "parts_skipped": self.earlier_parts,
            "rows_skipped": self.earlier_rows,
            "parts_removed": self.removed_parts,
            "rows_by_node": dict(self.node_rows),
            "unreadable_files": self.failures,
            "notes": list(self.notes),
        }
