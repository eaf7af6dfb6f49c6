"""The folder that a bulk job writes: a file for each part, and beside them what was done.

``_postlens/job.json`` says which job it is, ``_postlens/parts/`` has a record of each finished
part, ``_postlens/report.json`` is there when the job has ended. A part's record is written after
its file, and goes before the file is written again, so what has both is whole.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from serve_app.bulk.errors import BulkRefused
from serve_app.bulk.job import BulkJob
from serve_app.bulk.locations import Location, is_unfinished
from serve_app.bulk.part import BulkPart
from serve_app.bulk.part_content import part_content

_OWN = "_postlens"
_JOB = f"{_OWN}/job.json"
_REPORT = f"{_OWN}/report.json"
_PARTS = f"{_OWN}/parts"
_RECORD = ".json"


class OutputFolder:
    """The output of one job, perhaps begun by an earlier run of it."""

    def __init__(self, job: BulkJob) -> None:
        """Nothing is read or written yet.

        Raises:
            BulkRefused: the location cannot be reached.
        """
        self._folder = Location.of(job.output)
        self._job = job

    def begin(self) -> dict[str, BulkPart]:
        """Take the folder for this job; the parts that an earlier run has finished, by name.

        Raises:
            BulkRefused: it holds something else, or the answers of another job.
        """
        if self._folder.is_file:
            raise BulkRefused(f"'{self._job.output}' is a file; name a folder for the output.")
        content = self._folder.read(_JOB)
        names = self._folder.all_names()
        unfinished = list(filter(is_unfinished, names))
        if content is None:
            # One that was killed at its job's file has left no other.
            unfinished = [name for name in unfinished if name.startswith(f"{_OWN}/")]
            if set(names).difference(unfinished):
                raise BulkRefused(f"'{self._job.output}' holds other files; name an empty folder.")
            self._folder.write(_JOB, orjson.dumps(self._job.identity, option=orjson.OPT_INDENT_2))
        else:
            self._refuse_another(orjson.loads(content))
        for name in (_REPORT, *unfinished):
            self._folder.remove(name)
        there = set(names)
        return {part.name: part for part in self._records(names) if self._file_of(part) in there}

    def _refuse_another(self, other: Mapping[str, Any]) -> None:
        own = self._job.identity
        differences = [
            f"{name} {other.get(name)!r} there, {value!r} now"
            for name, value in own.items()
            if other.get(name) != value
        ]
        if differences:
            raise BulkRefused(
                f"'{self._job.output}' holds the answers of another job: {'; '.join(differences)}. "
                "Run it as it was, name another folder, or delete this one."
            )

    def _records(self, names: Iterable[str]) -> Iterable[BulkPart]:
        records = [n for n in names if n.startswith(f"{_PARTS}/") and n.endswith(_RECORD)]
        for content in self._folder.read_all(records):
            yield BulkPart.from_record(orjson.loads(content))

    def write(self, part: BulkPart) -> None:
        """Put a part into it, and then its record; ``part`` has its analysed rows."""
        assert part.table is not None
        content = part_content(part.table, self._job)
        self._folder.remove(_record_of(part))  # of an earlier run, which wrote another content
        self._folder.write(self._file_of(part), content)
        self._folder.write(_record_of(part), orjson.dumps(part.record()))

    def remove(self, part: BulkPart) -> None:
        """Take a part out whose rows the input no longer has."""
        self._folder.remove(_record_of(part))
        self._folder.remove(self._file_of(part))

    def end(self, report: Mapping[str, Any]) -> None:
        """Say that the job has ended, and how."""
        self._folder.write(_REPORT, orjson.dumps(report, option=orjson.OPT_INDENT_2))

    def _file_of(self, part: BulkPart) -> str:
        return f"{part.name}.{self._job.format}"


def _record_of(part: BulkPart) -> str:
    return f"{_PARTS}/{part.name}{_RECORD}"
