"""An encoder with heads on the mean hidden states of spans, for many tasks at once.

Knows tokens, spans and targets; nothing of sets or of what a label means.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from deployments.encoder.heads import Head
from training.fitting.batching import CLS_ID, SEP_ID, STEP_TOKENS, padded, padded_length, with_masks
from training.fitting.finetuning import Hyperparameters
from training.fitting.pretrained import compiled, last_hidden_states, trainable_encoder

#: Spans of one text that are pooled; compiled shapes must not vary.
MOST_SPANS = 8
# Texts predicted at once.
_PREDICTION_BATCH = 64


@dataclass(frozen=True, slots=True)
class SpanTask:
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
class SpanTarget:
    """What is right for one task on one span: a class number, or a value for each output."""

    task: str
    span: int
    values: float | tuple[float, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class SpanExample:
    """Token ids with the special ones, spans ``[first, last)`` among them, and targets."""

    ids: NDArray[np.int32]
    spans: tuple[tuple[int, int], ...]
    targets: tuple[SpanTarget, ...]

    def __len__(self) -> int:
        return len(self.ids)


def single_span(ids: Sequence[int], targets: Sequence[SpanTarget]) -> SpanExample:
    """A text of one span, which holds the special tokens too, as in the service."""
    with_special = np.array([CLS_ID, *ids, SEP_ID], np.int32)
    return SpanExample(with_special, ((0, len(with_special)),), tuple(targets))


def side_by_side(
    sentences: Sequence[tuple[Sequence[int], Sequence[SpanTarget]]],
) -> SpanExample:
    """Sentences in one text, each a span with its own targets."""
    ids, spans, targets = [CLS_ID], [], []
    for number, (sentence_ids, sentence_targets) in enumerate(sentences):
        spans.append((len(ids), len(ids) + len(sentence_ids)))
        ids += sentence_ids
        targets += [SpanTarget(t.task, number, t.values, t.weight) for t in sentence_targets]
    return SpanExample(np.array([*ids, SEP_ID], np.int32), tuple(spans), tuple(targets))


class SpanModel(nn.Module):
    """The carried encoder and a head for each task."""

    def __init__(self, tasks: Sequence[SpanTask], hyperparameters: Hyperparameters) -> None:
        super().__init__()
        torch.manual_seed(hyperparameters.seed)
        self.hyperparameters = hyperparameters
        self.tasks = {task.name: task for task in tasks}
        self.bert = trainable_encoder(embeddings=hyperparameters.embeddings)
        size, dropout = self.bert.config.hidden_size, hyperparameters.dropout
        self.heads = nn.ModuleDict({task.name: _network(task, size, dropout) for task in tasks})
        self._compiled = compiled(self._pooled, enabled=hyperparameters.compiled)

    def _pooled(self, embeddings: Tensor, mask: Tensor, within: Tensor) -> Tensor:
        """Mean states of the spans, of length sqrt(hidden size): (n, most spans, hidden)."""
        sums = within @ last_hidden_states(self.bert, embeddings, mask)
        return functional.normalize(sums, dim=-1) * math.sqrt(sums.shape[-1])

    def loss(self, batch: list[SpanExample]) -> Tensor:
        """Weighted mean over the batch's targets."""
        length = padded_length(max(map(len, batch)))
        ids, mask, within = _arrays(batch, length, STEP_TOKENS // length)
        masked = with_masks(ids, self.hyperparameters.masked)
        pooled = self._compiled(self.bert.embeddings.word_embeddings(masked), mask, within)
        total, weight = torch.zeros(()), 0.0
        for name, task in self.tasks.items():
            numbered = [
                (row, target)
                for row, example in enumerate(batch)
                for target in example.targets
                if target.task == name
            ]
            if numbered:
                rows, targets = [row for row, _ in numbered], [target for _, target in numbered]
                logits = self.heads[name](pooled[rows, [target.span for target in targets]])
                weights = torch.tensor([target.weight for target in targets])
                total = total + (_losses(task, logits, targets) * weights).sum()
                weight += float(weights.sum())
        return total / max(weight, 1e-6)

    @torch.no_grad()
    def predict(self, examples: Sequence[SpanExample]) -> dict[str, NDArray[np.float32]]:
        """Logits of every head on every example's first span, in order, (n, n_outputs)."""
        order = sorted(range(len(examples)), key=lambda i: len(examples[i]))
        logits = {
            name: np.zeros((len(examples), len(task.outputs)), np.float32)
            for name, task in self.tasks.items()
        }
        for first in range(0, len(order), _PREDICTION_BATCH):
            rows = order[first : first + _PREDICTION_BATCH]
            batch = [examples[i] for i in rows]
            ids, mask, within = _arrays(batch, max(map(len, batch)), len(batch))
            pooled = self._pooled(self.bert.embeddings.word_embeddings(ids), mask, within)
            for name, head in self.heads.items():
                logits[name][rows] = head(pooled[:, 0]).numpy()
        return logits

    def head(self, name: str) -> Head:
        """The head as the service reads it: on vectors of length 1."""
        layers = [layer for layer in self.heads[name].modules() if isinstance(layer, nn.Linear)]
        pairs = [(p.weight.detach().numpy().copy(), p.bias.detach().numpy().copy()) for p in layers]
        weight, bias = pairs[0]
        pairs[0] = (weight * math.sqrt(weight.shape[1]), bias)
        return Head(self.tasks[name].outputs, tuple(pairs))


def _network(task: SpanTask, size: int, dropout: float) -> nn.Sequential:
    drop = nn.Dropout(dropout)
    if not task.hidden:
        return nn.Sequential(drop, nn.Linear(size, len(task.outputs)))
    first = nn.Linear(size, task.hidden)
    return nn.Sequential(drop, first, nn.ReLU(), drop, nn.Linear(task.hidden, len(task.outputs)))


def _arrays(batch: Sequence[SpanExample], length: int, rows: int) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, mask, and 1 where a token lies within a span (rows, most spans, length)."""
    ids, mask = padded([example.ids for example in batch], length, rows)
    within = np.zeros((rows, MOST_SPANS, length), np.float32)
    for row, example in enumerate(batch):
        for number, (first, last) in enumerate(example.spans):
            within[row, number, first:last] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(within)


def _losses(task: SpanTask, logits: Tensor, targets: Sequence[SpanTarget]) -> Tensor:
    """Per target, (n,)."""
    values = [target.values for target in targets]
    if task.kind == "classes":
        return functional.cross_entropy(logits, torch.tensor(values).long(), reduction="none")
    truth = torch.tensor(values, dtype=torch.float32).reshape(len(values), -1)
    each = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    # A mean over 28 rare labels would count next to nothing beside one score.
    return each.sum(1) / math.sqrt(truth.shape[1])
