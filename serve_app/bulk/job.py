"""What a bulk job is: from where, whereto, which analyses; and what makes two jobs the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from deployments.results import ANALYSES
from serve_app import __version__
from serve_app.answer_columns import PREFIX

OutputFormat = Literal["parquet", "jsonl", "csv"]
OUTPUT_FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)

#: Rows of a part: what one actor analyses at a time, what one file of OUT holds and what a kill
#: costs for each actor; some seconds of work.
BATCH_ROWS = 512
MAX_BATCH_ROWS = 100_000
#: A part of long rows has fewer: its answers, ten times its text, and its other columns are in
#: memory at once.
BATCH_CHARACTERS = 4_000_000


@dataclass(frozen=True, slots=True)
class BulkJob:
    """One command ``postlens bulk``.

    Attributes:
        source: path or URL of a file or folder.
        output: path or URL of a folder.
        text_column: that has the posts; None is one of the usual names.
        id_column: likewise of ids; of CSV and JSONL alone.
        encoding: of the characters of CSV and JSONL; None is told from them.
        analyses: in the order of ``deployments.results.ANALYSES``.
        format: of the files of the output.
        prefix: before the names of the columns that are added.
        batch_rows: of a part, at most.
        versions: of the models, by analysis.
    """

    source: str
    output: str
    text_column: str | None = None
    id_column: str | None = None
    encoding: str | None = None
    analyses: tuple[str, ...] = ANALYSES
    format: OutputFormat = "parquet"
    prefix: str = PREFIX
    batch_rows: int = BATCH_ROWS
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> dict[str, Any]:
        """What must be equal for a run to continue the output of another."""
        return {
            "source": self.source,
            "text_column": self.text_column,
            "id_column": self.id_column,
            "encoding": self.encoding,
            "analyses": list(self.analyses),
            "format": self.format,
            "prefix": self.prefix,
            "batch_rows": self.batch_rows,
        }

    @property
    def model_versions(self) -> dict[str, str]:
        """What must be equal for a part that was analysed to stay."""
        return {"postlens": __version__, **self.versions}
