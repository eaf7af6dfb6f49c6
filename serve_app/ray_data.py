"""The analyses as a callable for pipelines of Ray Data, ``postlens bulk`` and others' own.

    dataset.map_batches(
        AnalyzePosts, fn_constructor_kwargs={"text_column": "text"},
        batch_format="pyarrow", batch_size=256, num_cpus=2, compute=ActorPoolStrategy(size=4),
    )

Each actor of the pool loads the models once, and has as many threads as CPUs of Ray.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from deployments.cores import usable_cores
from deployments.results import ANALYSES
from serve_app.answer_columns import PREFIX, answer_schema, answer_table
from serve_app.in_process import LocalAnalyses
from serve_app.problems import Problem
from serve_app.request.post import validate_analyses


class AnalyzePosts:
    """Adds what the analyses say of a column of texts; one for each actor of a pool.

    Attributes:
        analyses: that are computed, in the order of ``deployments.results.ANALYSES``.
        versions: of their models, by name.
    """

    def __init__(
        self,
        text_column: str = "text",
        analyses: Sequence[str] = ANALYSES,
        prefix: str = PREFIX,
    ) -> None:
        """Load the models, which takes seconds.

        Args:
            text_column: that has the posts; 1 to 20,000 characters each.
            analyses: which of the five.
            prefix: before the name of each column that is added.

        Raises:
            InvalidRequest: an analysis is none of the five, or none is named.
            ModelMissing, ModelMismatch: weights are not there, or not the released ones.
        """
        self.analyses = validate_analyses(list(analyses))
        self._text_column = text_column
        self._prefix = prefix
        self._local = LocalAnalyses(self.analyses, cores=assigned_cores())
        self.versions = self._local.versions

    def __call__(self, batch: Any) -> pa.Table:
        """The batch with its columns, and after them those of ``answer_schema``.

        A row that cannot be analysed has null in them, and in ``error`` what is wrong with it.

        Args:
            batch: a table of pyarrow, or a batch of Ray Data in any other format.

        Raises:
            KeyError: it has no such column of texts.
            ValueError: it has a column of a name that would be added.
        """
        table = _table(batch)
        if self._text_column not in table.column_names:
            raise KeyError(
                f"There is no column '{self._text_column}'; the batch has "
                f"{', '.join(table.column_names)}. Name the column of texts with text_column."
            )
        refuse_taken_names(table.column_names, self.analyses, self._prefix)
        answers = self.answers(table.column(self._text_column).to_pylist())
        return add_columns(table, answer_table(answers, self.analyses, self._prefix))

    def answers(self, texts: Sequence[object]) -> list[bytes | Problem]:
        """The JSON answer to each text, or what is wrong with it; equal texts are read once."""
        # Of what is no text only the type is told, and it need not have a hash.
        keys = [text if isinstance(text, str) else type(text) for text in texts]
        distinct = dict(zip(keys, texts, strict=True))
        answers = dict(zip(distinct, self._local.answers(list(distinct.values())), strict=True))
        return [answers[key] for key in keys]


def assigned_cores() -> int:
    """CPUs that Ray gives the actor or task of this process; outside of both all usable ones."""
    import ray

    if not ray.is_initialized():
        return usable_cores()
    context: Any = ray.get_runtime_context()
    cpus: float = context.get_assigned_resources().get("CPU", 0)
    return max(1, math.floor(cpus))


def refuse_taken_names(names: Sequence[str], analyses: Sequence[str], prefix: str) -> None:
    """Let no column be laid over another of its name.

    Raises:
        ValueError: one of the names is that of a column of answers.
    """
    taken = sorted(set(names) & set(answer_schema(analyses, prefix).names))
    if taken:
        raise ValueError(
            f"The posts have a column '{taken[0]}', as the answers do; choose another prefix for "
            f"the names of theirs than '{prefix}'."
        )


def add_columns(table: pa.Table, further: pa.Table) -> pa.Table:
    """The columns of both, which have equally many rows."""
    columns = [*table.itercolumns(), *further.itercolumns()]
    return pa.Table.from_arrays(columns, schema=pa.schema([*table.schema, *further.schema]))


def _table(batch: Any) -> pa.Table:
    if isinstance(batch, pa.Table):
        return batch
    if not isinstance(batch, Mapping):
        return pa.Table.from_pandas(batch, preserve_index=False)
    from ray.data.block import BlockAccessor

    return BlockAccessor.batch_to_arrow_block(dict(batch))
