"""Packed sets on the device that computes, and padded batches of their examples."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

#: A token whose tag is not judged, as any would be right; else a bit for each tag it may have.
ANY_TAG = 0xFFFF
#: A token that is not judged as a part of a key phrase; else 1 in one, 0 outside.
NOT_JUDGED = 255
#: Spans of one example at most: what a batch has room for.
MOST_SPANS = 8
#: Tokens of one example at most, without the two special ones.
MOST_TOKENS = 126

#: What packed sets consist of: two files of arrays and one that says what they mean.
SPLITS = ("train", "validation")
CURRICULUM_FILE = "curriculum.json"

#: The encoder's special tokens. The mask is the last piece of its vocabulary.
BEGIN_ID, PAD_ID, END_ID, UNKNOWN_ID, MASK_ID = 0, 1, 2, 3, 50_004
#: Ids for how a word is written; the last is for what is no word.
CASING_COUNT = 57
NO_CASING = CASING_COUNT - 1


@dataclass(frozen=True, slots=True)
class Task:
    """What one head predicts of a span.

    Attributes:
        name: of the head.
        outputs: names of its outputs.
        kind: ``classes`` (one of them, softmax) or ``each`` (each 0..1 by itself, sigmoid).
        hidden: width of the head's hidden layer; 0 for none.
    """

    name: str
    outputs: tuple[str, ...]
    kind: Literal["classes", "each"]
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Curriculum:
    """What is learnt.

    Attributes:
        tasks: of spans.
        tags: of tokens, "O" first.
        repeats: how often an epoch has each set, by its name; of a fraction a random share.
        emotions_of: for each output of the task "plutchik" those of "emotions" that it takes in.
    """

    tasks: tuple[Task, ...]
    tags: tuple[str, ...]
    repeats: Mapping[str, float]
    emotions_of: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Of the folder of packed sets."""
        stored = json.loads((folder / CURRICULUM_FILE).read_text(encoding="utf-8"))
        return cls(
            tuple(Task(name, tuple(outputs), *rest) for name, outputs, *rest in stored["tasks"]),
            tuple(stored["tags"]),
            stored["repeats"],
            {name: tuple(emotions) for name, emotions in stored["emotions_of"].items()},
        )

    def write(self, folder: Path) -> None:
        """Into the folder of packed sets."""
        stored = {
            "tasks": [(t.name, t.outputs, t.kind, t.hidden) for t in self.tasks],
            "tags": self.tags,
            "repeats": self.repeats,
            "emotions_of": self.emotions_of,
        }
        (folder / CURRICULUM_FILE).write_text(f"{json.dumps(stored)}\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Targets:
    """What one task learns of every span of all sets.

    Attributes:
        values: a class number, (n_spans, 1), or 0..1 for each output, (n_spans, n_outputs).
        weights: 0 where the span teaches nothing of the task, (n_spans,).
    """

    values: Tensor
    weights: Tensor


@dataclass(frozen=True, slots=True)
class PaddedBatch:
    """Examples padded to one length, with the special tokens around them.

    Attributes:
        ids, casings: of each position, (n, length).
        lengths: tokens of each example, the special ones included, (n,).
        tags, keys: what each token may be; ``ANY_TAG`` and ``NOT_JUDGED`` elsewhere, (n, length).
        token_numbers: of each token among those of all sets; -1 elsewhere, (n, length).
        spans: positions [first, last) of each span, (n, MOST_SPANS, 2).
        has_span: which of them there are, (n, MOST_SPANS).
        span_numbers: of those, among the spans of all sets, (n_spans,).
    """

    ids: Tensor
    casings: Tensor
    lengths: Tensor
    tags: Tensor
    keys: Tensor
    token_numbers: Tensor
    spans: Tensor
    has_span: Tensor
    span_numbers: Tensor


@dataclass(frozen=True, slots=True)
class PackedSets:
    """All examples of a split, end to end.

    Attributes:
        names: of the sets.
        set_numbers: of which set each example is, (n_examples,).
        sizes: tokens of each example, (n_examples,).
        ids, casings, tags, keys: of each token, (n_tokens,).
        starts: first token of each example, (n_examples,).
        spans: tokens [first, last) of each span in its example, (n_spans, 2).
        span_counts, span_starts: of each example: how many spans, and the first, (n_examples,).
        targets: by task.
    """

    names: tuple[str, ...]
    set_numbers: NDArray[np.int64]
    sizes: NDArray[np.int64]
    ids: Tensor
    casings: Tensor
    tags: Tensor
    keys: Tensor
    starts: Tensor
    spans: Tensor
    span_counts: Tensor
    span_starts: Tensor
    targets: Mapping[str, Targets]

    @classmethod
    def load(cls, folder: Path, split: str, tasks: tuple[Task, ...], device: str) -> Self:
        """Read one of ``SPLITS``."""
        with np.load(folder / f"{split}.npz") as file:
            arrays = {name: file[name] for name in file.files}
        sizes = arrays["lengths"].astype(np.int64)

        def tensor(values: NDArray[Any], dtype: type = np.int64) -> Tensor:
            return torch.from_numpy(values.astype(dtype)).to(device)

        counts = arrays["span_counts"].astype(np.int64)
        targets = {task.name: _targets(task, arrays, device) for task in tasks}
        return cls(
            tuple(map(str, arrays["sets"])),
            arrays["set"].astype(np.int64),
            sizes,
            tensor(arrays["ids"], np.int32),
            tensor(arrays["casings"], np.int32),
            tensor(arrays["tags"], np.int32),
            tensor(arrays["keys"], np.int32),
            tensor(np.cumsum(sizes) - sizes),
            tensor(arrays["spans"]),
            tensor(counts),
            tensor(np.cumsum(counts) - counts),
            targets,
        )

    def rows_of(self, name: str) -> NDArray[np.int64]:
        """The numbers of the examples of a set."""
        return np.flatnonzero(self.set_numbers == self.names.index(name))

    def batch(self, rows: NDArray[np.int64], length: int) -> PaddedBatch:
        """These examples, padded or cut to ``length`` positions."""
        device = self.ids.device
        numbers = torch.from_numpy(rows).to(device)
        at = torch.arange(length - 2, device=device)
        sizes = torch.from_numpy(self.sizes[rows]).to(device).clamp(max=length - 2)
        inside = at < sizes[:, None]
        index = (self.starts[numbers][:, None] + at).clamp(max=len(self.ids) - 1)

        def padded(values: Tensor, fill: int) -> Tensor:
            return functional.pad(
                torch.where(inside, values[index].long(), fill), (1, 1), value=fill
            )

        ids = padded(self.ids, PAD_ID)
        ids[:, 0] = BEGIN_ID
        ids[torch.arange(len(rows), device=device), sizes + 1] = END_ID
        spans, has_span, span_numbers = self._spans(numbers)
        return PaddedBatch(
            ids,
            padded(self.casings, NO_CASING),
            sizes + 2,
            padded(self.tags, ANY_TAG),
            padded(self.keys, NOT_JUDGED),
            functional.pad(torch.where(inside, index, -1), (1, 1), value=-1),
            spans,
            has_span,
            span_numbers,
        )

    def _spans(self, numbers: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        at = torch.arange(MOST_SPANS, device=numbers.device)
        has_span = at < self.span_counts[numbers][:, None]
        index = torch.where(has_span, self.span_starts[numbers][:, None] + at, 0)
        # Positions are one behind tokens: the first is the special one.
        spans = torch.where(has_span[..., None], self.spans[index] + 1, 0)
        return spans, has_span, index[has_span]


def _targets(task: Task, arrays: Mapping[str, NDArray[Any]], device: str) -> Targets:
    count, width = len(arrays["spans"]), 1 if task.kind == "classes" else len(task.outputs)
    values = torch.zeros(count, width, dtype=torch.half)
    weights = torch.zeros(count, dtype=torch.half)
    if len(numbers := torch.from_numpy(arrays[f"target {task.name} span"].astype(np.int64))):
        values[numbers] = torch.from_numpy(arrays[f"target {task.name} values"])
        weights[numbers] = torch.from_numpy(arrays[f"target {task.name} weight"])
    return Targets(values.to(device), weights.to(device))
