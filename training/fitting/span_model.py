"""A tuned encoder with heads on the mean states of spans, for many tasks at once.

Knows tokens, spans and targets; nothing of sets or of what a label means.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from deployments.encoder.heads import Head
from training.fitting.finetuning import (
    CLS_ID,
    LENGTHS,
    SEP_ID,
    STEP_TOKENS,
    Recipe,
    carried_encoder,
    padded_length,
    prepared,
    with_masks,
)

# One for each of LENGTHS, for learning and for predicting.
torch._dynamo.config.recompile_limit = 4 * len(LENGTHS)

#: Spans of one text that are looked at; compiled shapes must not vary.
MOST_SPANS = 8
# Texts predicted at once.
_PREDICTED = 64


@dataclass(frozen=True, slots=True)
class Task:
    """What one head tells of a span.

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
class Target:
    """What is right for one task on one span: a class number, or a value for each output."""

    task: str
    span: int
    values: float | tuple[float, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids with the special ones, spans ``[first, last)`` among them, and targets."""

    ids: NDArray[np.int32]
    spans: tuple[tuple[int, int], ...]
    targets: tuple[Target, ...]

    def __len__(self) -> int:
        return len(self.ids)


def alone(ids: Sequence[int], targets: Sequence[Target]) -> Example:
    """A text of one span, which holds the special tokens too, as in the service."""
    full = np.array([CLS_ID, *ids, SEP_ID], np.int32)
    return Example(full, ((0, len(full)),), tuple(targets))


def together(parts: Sequence[tuple[Sequence[int], Sequence[Target]]]) -> Example:
    """Sentences side by side, each a span with its own targets."""
    ids, spans, targets = [CLS_ID], [], []
    for number, (own, given) in enumerate(parts):
        spans.append((len(ids), len(ids) + len(own)))
        ids += own
        targets += [Target(t.task, number, t.values, t.weight) for t in given]
    return Example(np.array([*ids, SEP_ID], np.int32), tuple(spans), tuple(targets))


class SpanModel(nn.Module):
    """The carried encoder and a head for each task."""

    def __init__(self, tasks: Sequence[Task], recipe: Recipe) -> None:
        super().__init__()
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.bert = prepared(carried_encoder(), embeddings=recipe.embeddings)
        size = self.bert.config.hidden_size
        self.tasks = {task.name: task for task in tasks}
        self.heads = nn.ModuleDict({t.name: _network(t, size, recipe.dropout) for t in tasks})
        self._fast: Any = torch.compile(self._pooled, dynamic=False, disable=not recipe.compiled)

    def _pooled(self, embeddings: Tensor, mask: Tensor, within: Tensor) -> Tensor:
        """Mean states of the spans, of length sqrt(hidden size): (n, most spans, hidden)."""
        with torch.autocast("cpu", torch.bfloat16):
            states = self.bert(inputs_embeds=embeddings, attention_mask=mask).last_hidden_state
        sums = within @ states.float()
        return functional.normalize(sums, dim=-1) * math.sqrt(sums.shape[-1])

    def loss(self, batch: list[Example]) -> Tensor:
        """Weighted mean over the batch's targets."""
        length = padded_length(max(map(len, batch)))
        ids, mask, within = _arrays(batch, length, STEP_TOKENS // length)
        hidden = with_masks(ids, self.recipe.masked)
        pooled = self._fast(self.bert.embeddings.word_embeddings(hidden), mask, within)
        total, count = torch.zeros(()), 0.0
        for name, task in self.tasks.items():
            found = [(row, t) for row, e in enumerate(batch) for t in e.targets if t.task == name]
            if found:
                rows, targets = [row for row, _ in found], [target for _, target in found]
                logits = self.heads[name](pooled[rows, [t.span for t in targets]])
                counts = torch.tensor([t.weight for t in targets])
                total = total + (_losses(task, logits, targets) * counts).sum()
                count += float(counts.sum())
        return total / max(count, 1e-6)

    @torch.no_grad()
    def predict(self, examples: Sequence[Example]) -> dict[str, NDArray[np.float32]]:
        """Logits of every head on every example's first span, in order, (n, n_outputs)."""
        order = sorted(range(len(examples)), key=lambda i: len(examples[i]))
        found = {
            name: np.zeros((len(examples), len(task.outputs)), np.float32)
            for name, task in self.tasks.items()
        }
        for first in range(0, len(order), _PREDICTED):
            rows = order[first : first + _PREDICTED]
            batch = [examples[i] for i in rows]
            ids, mask, within = _arrays(batch, max(map(len, batch)), len(batch))
            pooled = self._pooled(self.bert.embeddings.word_embeddings(ids), mask, within)
            for name, head in self.heads.items():
                found[name][rows] = head(pooled[:, 0]).numpy()
        return found

    def head(self, name: str) -> Head:
        """The head as the service reads it: on vectors of length 1."""
        layers = [layer for layer in self.heads[name].modules() if isinstance(layer, nn.Linear)]
        pairs = [(p.weight.detach().numpy().copy(), p.bias.detach().numpy().copy()) for p in layers]
        weight, bias = pairs[0]
        pairs[0] = (weight * math.sqrt(weight.shape[1]), bias)
        return Head(self.tasks[name].outputs, tuple(pairs))


def _network(task: Task, size: int, dropout: float) -> nn.Sequential:
    drop = nn.Dropout(dropout)
    if not task.hidden:
        return nn.Sequential(drop, nn.Linear(size, len(task.outputs)))
    first = nn.Linear(size, task.hidden)
    return nn.Sequential(drop, first, nn.ReLU(), drop, nn.Linear(task.hidden, len(task.outputs)))


def _arrays(batch: Sequence[Example], length: int, rows: int) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, mask, and 1 where a token lies within a span (rows, most spans, length)."""
    ids = np.zeros((rows, length), np.int64)
    mask = np.zeros((rows, length), np.int64)
    mask[:, 0] = 1  # attention over nothing at all would be no number
    within = np.zeros((rows, MOST_SPANS, length), np.float32)
    for row, example in enumerate(batch):
        kept = example.ids[:length]
        ids[row, : len(kept)] = kept
        mask[row, : len(kept)] = 1
        for number, (first, last) in enumerate(example.spans):
            within[row, number, first:last] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(within)


def _losses(task: Task, logits: Tensor, targets: Sequence[Target]) -> Tensor:
    """Per target, (n,)."""
    values = [target.values for target in targets]
    if task.kind == "classes":
        return functional.cross_entropy(logits, torch.tensor(values).long(), reduction="none")
    truth = torch.tensor(values, dtype=torch.float32).reshape(len(values), -1)
    each = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    # A mean over 28 rare labels would count next to nothing beside one score.
    return each.sum(1) / math.sqrt(truth.shape[1])
