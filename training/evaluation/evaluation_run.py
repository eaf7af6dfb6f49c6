"""How much one run of the evaluation reads, and of what."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from deployments.text.document import Document
from training.datasets import corpora
from training.datasets.corpora import Row

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """The options of a run.

    Attributes:
        limit: texts of each set, drawn by the seed; None for all.
        stock: which alternatives are run beside ours; the fast ones take seconds.
    """

    data: Path
    limit: int | None = None
    stock: Literal["all", "fast", "none"] = "all"
    seed: int = 7

    @property
    def fast_stock(self) -> bool:
        """Whether alternatives that take seconds are run."""
        return self.stock != "none"

    @property
    def slow_stock(self) -> bool:
        """Whether those that take minutes are run, too."""
        return self.stock == "all"

    def sample(self, name: str, items: Sequence[T]) -> list[T]:
        """``items``, or ``limit`` of them in their order; the same for the same name."""
        if self.limit is None or len(items) <= self.limit:
            return list(items)
        drawn = random.Random(f"{self.seed} {name}").sample(range(len(items)), self.limit)
        return [items[i] for i in sorted(drawn)]

    def rows(
        self, corpus: str, split: str = "validation", *, keep: Callable[[Row], bool] | None = None
    ) -> list[Row]:
        """The sampled rows of a split that ``keep`` takes, cleaned for the encoder."""
        rows = corpora.read(self.data, corpus, split)
        return self.sample(corpus, [row for row in rows if keep is None or keep(row)])


def documents(texts: Iterable[str]) -> list[Document]:
    """The texts as the analyzers take them."""
    return [Document.read(text) for text in texts]
