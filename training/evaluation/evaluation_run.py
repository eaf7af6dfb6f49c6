"""How much one run of the evaluation reads, and of what."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from deployments.results import Language
from deployments.text.document import Document
from training.datasets import corpora
from training.datasets.corpora import LabelledText

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class EvaluationRun:
    """The options of a run.

    Attributes:
        data: the folder of the public sets.
        limit: texts of each set, drawn by the seed; None for all.
        baselines: which are run beside the analyses; the fast ones take seconds.
        seed: of the samples and the composed posts.
    """

    data: Path
    limit: int | None = None
    baselines: Literal["all", "fast", "none"] = "all"
    seed: int = 7

    @property
    def with_fast_baselines(self) -> bool:
        """Whether baselines that take seconds are run."""
        return self.baselines != "none"

    @property
    def with_slow_baselines(self) -> bool:
        """Whether those that take minutes are run, too."""
        return self.baselines == "all"

    def sample(self, name: str, items: Sequence[Item]) -> list[Item]:
        """``items``, or ``limit`` of them in their order; the same for the same name."""
        if self.limit is None or len(items) <= self.limit:
            return list(items)
        indices = random.Random(f"{self.seed} {name}").sample(range(len(items)), self.limit)
        return [items[i] for i in sorted(indices)]

    def texts(
        self,
        corpus: str,
        split: str = "validation",
        *,
        keep: Callable[[LabelledText], bool] = lambda text: True,
    ) -> list[LabelledText]:
        """The sampled texts of a split that ``keep`` takes, cleaned for the encoder."""
        return self.sample(corpus, list(filter(keep, corpora.read(self.data, corpus, split))))


def documents(texts: Iterable[str], language: Language | None = None) -> list[Document]:
    """The texts as the analyzers take them, read in this language or in the one they show."""
    read = map(Document.read, texts)
    return list(read) if language is None else [replace(each, language=language) for each in read]
