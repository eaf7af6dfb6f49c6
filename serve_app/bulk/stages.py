"""The stages that a part passes through, as callables of Ray Data; each runs where Ray puts it.

A batch of Ray is one part, see :meth:`BulkPart.to_batch`, so that none is cut or joined.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pyarrow as pa

from serve_app.answer_columns import ERROR_TYPE, answer_table
from serve_app.bulk.input_files import InputFormat
from serve_app.bulk.job import BulkJob
from serve_app.bulk.locations import Location
from serve_app.bulk.output_folder import OutputFolder
from serve_app.bulk.part import UNREADABLE, BulkPart, count_problems, part_key
from serve_app.bulk.part_reader import DAMAGES, read_tables
from serve_app.problems import Problem, problem
from serve_app.ray_data import AnalyzePosts, add_columns, refuse_taken_names


class VersionsDiffer(Exception):
    """A node of the cluster has other models than the process that began the job."""


def read_parts(
    batch: pa.Table, *, folder: str, format: InputFormat, job: BulkJob
) -> Iterator[pa.Table]:
    """The parts of a file, each as a batch; of finished ones only what was kept of them.

    Args:
        batch: one row of ``file``, relative to the folder, and ``finished``: the records of its
            finished parts by name, as JSON.
        folder: the URL.
        format: of the file.
        job: how it is read.
    """
    [row] = batch.to_pylist()
    finished: Mapping[str, Any] = orjson.loads(row["finished"])
    for part in _parts(Location.of(folder), row["file"], format, job):
        earlier = finished.get(part.name)
        if earlier is not None and earlier["key"] == part.key:
            yield BulkPart.from_record({**earlier, "earlier": True, "notes": part.notes}).to_batch()
        else:
            yield part.to_batch()


def _parts(folder: Location, file: str, format: InputFormat, job: BulkJob) -> Iterator[BulkPart]:
    notes: list[str] = []
    try:
        with folder.open(file) as stream:
            tables = read_tables(stream, file, format, job, notes.append)
            for number, table in enumerate(tables):
                refuse_taken_names(table.rows.column_names, job.analyses, job.prefix)
                yield BulkPart(
                    name=f"{file}-{number:05}",
                    file=file,
                    key=part_key(table.rows, table.text_column, job.model_versions),
                    text_column=table.text_column,
                    versions=job.model_versions,
                    rows=table.rows.num_rows,
                    input_bytes=table.input_bytes,
                    notes=tuple(notes),
                    table=table.rows,
                )
    except (*DAMAGES, ValueError) as error:  # the other files are worth reading
        yield BulkPart(name=file, file=file, failure=str(error), notes=tuple(notes))


class AnalyzePart:
    """Analyses the rows of a part; an actor has one, with the models."""

    def __init__(self, job: BulkJob) -> None:
        """Load the models.

        Raises:
            VersionsDiffer: they are not those of the job.
        """
        self._job = job
        self._posts = AnalyzePosts(analyses=job.analyses)
        if self._posts.versions != job.versions:
            raise VersionsDiffer(
                "This node has other models than the one that began the job; install the same "
                "version of PostLens on all nodes."
            )
        self._node = _node_id()

    def __call__(self, batch: pa.Table) -> pa.Table:
        """The part with answers, as a batch; one without rows as it is."""
        part = BulkPart.from_batch(batch)
        if part.table is not None:
            self._analyze(part, part.table)
        return part.to_batch()

    def _analyze(self, part: BulkPart, rows: pa.Table) -> None:
        job = self._job
        part.node, part.began_at = self._node, time.time()
        reasons: list[str | None] = [None] * rows.num_rows
        if UNREADABLE in rows.column_names:
            reasons = rows.column(UNREADABLE).to_pylist()
            rows = rows.drop_columns([UNREADABLE])
        texts = rows.column(part.text_column).to_pylist()
        answers = answer_table(self._answers(texts, reasons), job.analyses, job.prefix)
        part.problems = count_problems(answers.column(job.prefix + ERROR_TYPE).to_pylist())
        part.incomplete = _incomplete(answers, job)
        part.table = add_columns(rows, answers)
        part.ended_at = time.time()

    def _answers(self, texts: list[object], reasons: list[str | None]) -> list[bytes | Problem]:
        pairs = list(zip(texts, reasons, strict=True))
        answers = iter(self._posts.answers([text for text, reason in pairs if reason is None]))
        return [
            next(answers) if reason is None else problem("unreadable-row", reason)
            for _, reason in pairs
        ]


def write_part(batch: pa.Table, *, job: BulkJob) -> pa.Table:
    """An analysed part without its rows, as a batch; by then they are on disk."""
    part = BulkPart.from_batch(batch)
    if part.table is not None:
        OutputFolder(job).write(part)
        part.table = None
    return part.to_batch()


def _incomplete(answers: pa.Table, job: BulkJob) -> int:
    columns = [answers.column(f"{job.prefix}{name}_status").to_pylist() for name in job.analyses]
    return sum("failed" in statuses for statuses in zip(*columns, strict=True))


def _node_id() -> str:
    import ray

    return ray.get_runtime_context().get_node_id()
