"""What a network is judged by: the labels of the sets, and what its teachers say."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.encoder.fit.network import Outputs
from training.encoder.fit.sets import (
    ANY_TAG,
    END_ID,
    NOT_JUDGED,
    Curriculum,
    PackedSets,
    PaddedBatch,
    Task,
)

# No logarithm of zero, in tags that are not allowed and in groups that are surely empty.
_IMPOSSIBLE, _LEAST, _SURE = -1e4, 1e-6, -1e-4
# How much the teachers' words count of spans, and of tokens in key phrases; tags count 1.
_SOFT_SPANS, _SOFT_KEYS = 1 / 3, 0.3


@dataclass(frozen=True, slots=True)
class LossWeights:
    """How much each part of the loss counts beside the spans' tasks.

    Attributes:
        tag: the tags of names.
        key: tokens in key phrases.
        group: Plutchik's emotions, said by those of the 28 that each takes in.
        soft: what teachers say; 0 leaves them out.
    """

    tag: float = 1.0
    key: float = 1.0
    group: float = 0.3
    soft: float = 1.0


def label_loss(
    outputs: Outputs,
    batch: PaddedBatch,
    sets: PackedSets,
    curriculum: Curriculum,
    weights: LossWeights,
) -> Tensor:
    """How far from the labels.

    The mean over all targets of spans, and the means over judged tokens, each as much as its
    share of the batch: a batch is a mean over its examples.
    """
    loss = _span_loss(outputs, batch, sets, curriculum, weights.group)
    if (judged := batch.tags != ANY_TAG).any():
        tags = _tag_loss(outputs.tags[judged], batch.tags[judged])
        loss = loss + weights.tag * _share(judged) * tags
    if (judged := batch.keys != NOT_JUDGED).any():
        keys = functional.binary_cross_entropy_with_logits(
            outputs.keys[judged], batch.keys[judged].float()
        )
        loss = loss + weights.key * _share(judged) * keys
    return loss


def _share(judged: Tensor) -> Tensor:
    """Of the examples, those with a judged token."""
    return judged.any(1).float().mean()


def _span_loss(
    outputs: Outputs,
    batch: PaddedBatch,
    sets: PackedSets,
    curriculum: Curriculum,
    group_weight: float,
) -> Tensor:
    total = weight = torch.zeros((), device=batch.ids.device)
    for task in curriculum.tasks:
        targets = sets.targets[task.name]
        all_weights = targets.weights[batch.span_numbers].float()
        taught = all_weights.nonzero()[:, 0]
        if not len(taught):
            continue
        values = targets.values[batch.span_numbers][taught].float()
        losses = _losses(task, outputs.logits[task.name][taught], values)
        if task.name == "plutchik":
            emotions = outputs.logits["emotions"][taught]
            losses = losses + group_weight * group_losses(emotions, values, curriculum)
        total = total + (losses * all_weights[taught]).sum()
        weight = weight + all_weights.sum()
    return total / (weight + _LEAST)


def _losses(task: Task, logits: Tensor, values: Tensor) -> Tensor:
    """Of each span, (n,)."""
    if task.kind == "classes":
        return functional.cross_entropy(logits, values[:, 0].long(), reduction="none")
    each = functional.binary_cross_entropy_with_logits(logits, values, reduction="none")
    # A mean over 28 rare labels would count next to nothing beside one score.
    return each.sum(1) / math.sqrt(values.shape[1])


def group_losses(emotions: Tensor, values: Tensor, curriculum: Curriculum) -> Tensor:
    """How far groups of emotions are from Plutchik's, (n,).

    A group has the probability of one of its emotions at least: 1 less the product of (1 - p).

    Args:
        emotions: logits of all emotions, (n, n_emotions).
        values: 0 or 1 for each of Plutchik's, (n, 8).
        curriculum: says which emotions each of Plutchik's takes in.
    """
    none_of_each = functional.logsigmoid(-emotions)
    losses = []
    for group, value in zip(_emotion_numbers(curriculum), values.T, strict=True):
        log_none = none_of_each[:, group].sum(1).clamp(max=_SURE)
        log_any = torch.log(-torch.expm1(log_none) + _LEAST)
        losses.append(-(value * log_any + (1 - value) * log_none))
    return torch.stack(losses, 1).sum(1) / math.sqrt(len(losses))


def _emotion_numbers(curriculum: Curriculum) -> list[list[int]]:
    (names,) = (task.outputs for task in curriculum.tasks if task.name == "emotions")
    return [[names.index(each) for each in group] for group in curriculum.emotions_of.values()]


def _tag_loss(logits: Tensor, allowed_bits: Tensor) -> Tensor:
    """Mean of minus the logarithm of the probability of all allowed tags together."""
    bits = 2 ** torch.arange(logits.shape[-1], device=logits.device)
    is_allowed = (allowed_bits[:, None] & bits) > 0
    scores = logits.log_softmax(-1).masked_fill(~is_allowed, _IMPOSSIBLE)
    return -scores.logsumexp(-1).mean()


def distillation_loss(
    outputs: Outputs,
    teachers: Sequence[Outputs],
    batch: PaddedBatch,
    tasks: Sequence[Task],
    tag: float,
) -> Tensor:
    """How far from the teachers' mean logits, on every span and every token (Hinton et al. 2015).

    Args:
        outputs: the student's.
        teachers: theirs on the same batch.
        batch: its special tokens are left out.
        tasks: of spans.
        tag: how much the tags count.
    """
    inside = batch.ids > END_ID
    tags = _cross_entropy(outputs.tags[inside], _mean([t.tags[inside] for t in teachers]))
    keys = _binary_cross_entropy(outputs.keys[inside], _mean([t.keys[inside] for t in teachers]))
    loss = tag * tags.mean() + _SOFT_KEYS * keys.mean()
    if len(batch.span_numbers):
        for task in tasks:
            logits = outputs.logits[task.name]
            said = _mean([teacher.logits[task.name] for teacher in teachers])
            loss = loss + _SOFT_SPANS * _soft_losses(task, logits, said).mean()
    return loss


def _mean(logits: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(logits)).mean(0)


def _soft_losses(task: Task, logits: Tensor, said: Tensor) -> Tensor:
    """Of each span, (n,)."""
    if task.kind == "classes":
        return _cross_entropy(logits, said)
    return _binary_cross_entropy(logits, said).sum(1) / math.sqrt(said.shape[1])


def _cross_entropy(logits: Tensor, said: Tensor) -> Tensor:
    return -(said.softmax(-1) * logits.log_softmax(-1)).sum(-1)


def _binary_cross_entropy(logits: Tensor, said: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, said.sigmoid(), reduction="none")
