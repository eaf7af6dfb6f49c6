"""Fine-tuning the carried encoder's layers, whatever for.

Knows layers, rates and batches; nothing of sets, heads or labels. On 2 cores with bf16 a step
of 2,048 tokens takes about 0.2 s.
"""

import json
import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from safetensors.numpy import save as safetensors_bytes
from torch import Tensor, nn

from deployments.weights import delta
from deployments.weights import released as weights

#: Texts are padded to one of these, so that each shape is compiled once.
LENGTHS = (16, 24, 32, 40, 48, 64, 80, 96, 128, 192, 256)
#: Padded tokens in one step.
STEP_TOKENS = 2_048
#: Ids of the carried encoder's vocabulary.
PAD_ID, CLS_ID, SEP_ID, MASK_ID = 0, 101, 102, 103

# The first steps' losses are compiled for every shape; a sign of life between.
_REPORT_STEPS = 200

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How layers are tuned.

    Attributes:
        epochs: passes over the examples.
        learning_rate: of the uppermost layer; each below learns ``layer_decay`` times as fast.
        head_rate: of everything that is not the encoder.
        warm_up: share of the steps in which the rates rise.
        masked: share of the tokens replaced by [MASK]; it regularises where dropout would, at
            half its cost.
        average: decay of the moving average that is kept in place of the last parameters.
        embeddings: whether the word embeddings learn too.
        compiled: whether each shape is compiled first: minutes once, for steps in half the time.
        seed: of order, masking and the heads' first values.
    """

    epochs: int = 3
    learning_rate: float = 1.5e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.9
    weight_decay: float = 0.01
    warm_up: float = 0.06
    masked: float = 0.08
    dropout: float = 0.1
    average: float = 0.998
    embeddings: bool = False
    compiled: bool = True
    seed: int = 7


class Learner(Protocol):
    """A model that is tuned: an encoder named ``bert`` and what reads it."""

    bert: Any

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """As of any torch module."""
        ...


def carried_encoder() -> Any:
    """The encoder of every install, in fp32, with attention that compiles well."""
    from transformers import AutoModel

    folder = weights.locate(weights.MINILM)
    return AutoModel.from_pretrained(folder, attn_implementation="eager", local_files_only=True)


def prepared(bert: Any, *, embeddings: bool) -> Any:
    """The encoder ready to learn: no dropout inside, the pooler and word embeddings fixed."""
    bert.train()
    for part in bert.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    bert.embeddings.word_embeddings.weight.requires_grad_(embeddings)
    for value in bert.pooler.parameters():
        value.requires_grad_(False)
    return bert


def tune(
    model: Any,
    examples: Callable[[random.Random], Sequence[Item]],
    length_of: Callable[[Item], int],
    loss: Callable[[list[Item]], Tensor],
    recipe: Recipe,
    after_epoch: Callable[[], None] = lambda: None,
) -> None:
    """Tune the model in place; seeded. It ends with averaged parameters, ready to predict.

    Args:
        model: a torch module with ``bert``.
        examples: those of one epoch, made anew for each.
        length_of: tokens of an example.
        loss: of a batch.
        recipe: rates and lengths.
        after_epoch: called with the averages in place.
    """
    optimiser = torch.optim.AdamW(_groups(model, recipe), fused=True)
    rates = [group["lr"] for group in optimiser.param_groups]
    average = Average(model, recipe.average)
    dice = random.Random(recipe.seed)
    started, running = time.monotonic(), 0.0
    for epoch in range(recipe.epochs):
        batches = list(batched(examples(dice), length_of, dice))
        for number, batch in enumerate(batches):
            done = (epoch + number / len(batches)) / recipe.epochs
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * schedule(done, recipe.warm_up)
            value = loss(batch)
            optimiser.zero_grad()
            torch.autograd.backward(value)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            average.update()
            running = 0.98 * running + 0.02 * float(value.detach())
            if number % _REPORT_STEPS == _REPORT_STEPS - 1:
                minutes = (time.monotonic() - started) / 60
                print(f"  {done:.0%}, loss {running:.4f}, {minutes:.1f} min", flush=True)
        with average.in_place():
            after_epoch()
    average.apply()
    model.eval()


def _groups(model: Any, recipe: Recipe) -> list[dict[str, Any]]:
    """Lower layers learn more slowly; biases and norms do not decay."""
    groups: dict[tuple[float, float], list[Tensor]] = {}
    depth = len(model.bert.encoder.layer)
    for name, value in model.named_parameters():
        if value.requires_grad:
            decay = recipe.weight_decay if value.ndim > 1 else 0.0
            groups.setdefault((_rate(name, depth, recipe), decay), []).append(value)
    return [{"params": p, "lr": lr, "weight_decay": wd} for (lr, wd), p in groups.items()]


def _rate(name: str, depth: int, recipe: Recipe) -> float:
    if not name.startswith("bert."):
        return recipe.head_rate
    number = int(name.split("layer.")[1].split(".")[0]) if "encoder.layer." in name else -1
    return float(recipe.learning_rate * recipe.layer_decay ** (depth - 1 - number))


def schedule(done: float, warm_up: float) -> float:
    """Up in a line, then down as half a cosine; ``done`` and the result are 0..1."""
    if done < warm_up:
        return done / warm_up
    return 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


@dataclass
class Average:
    """Exponential moving average of the parameters, which scores better than the last ones."""

    model: Any
    decay: float
    kept: dict[str, Tensor] = field(default_factory=dict)
    steps: int = 0

    @torch.no_grad()
    def update(self) -> None:
        """Take this step's parameters in; the first steps count for more."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, value in self.model.named_parameters():
            if value.requires_grad:
                held = self.kept.setdefault(name, value.detach().clone())
                held.lerp_(value.detach(), 1 - decay)

    @torch.no_grad()
    def apply(self) -> None:
        """Put the averages in place of the parameters."""
        for name, value in self.model.named_parameters():
            if name in self.kept:
                value.copy_(self.kept[name])

    def in_place(self) -> "_Averaged":
        """A context in which the model holds the averages."""
        return _Averaged(self)


class _Averaged:
    def __init__(self, average: Average) -> None:
        self._average = average

    def __enter__(self) -> None:
        model = self._average.model
        self._own = {n: v.detach().clone() for n, v in model.named_parameters()}
        self._average.apply()
        model.eval()

    def __exit__(self, *_: object) -> None:
        with torch.no_grad():
            for name, value in self._average.model.named_parameters():
                value.copy_(self._own[name])
        self._average.model.train()


def batched(
    examples: Sequence[Item], length_of: Callable[[Item], int], dice: random.Random
) -> Iterator[list[Item]]:
    """Every example once, in random order, those of one padded length together."""
    by_length: dict[int, list[Item]] = {}
    for example in dice.sample(examples, len(examples)):
        by_length.setdefault(padded_length(length_of(example)), []).append(example)
    batches = [
        group[first : first + STEP_TOKENS // length]
        for length, group in by_length.items()
        for first in range(0, len(group), STEP_TOKENS // length)
    ]
    dice.shuffle(batches)
    yield from batches


def padded_length(tokens: int) -> int:
    """The next of the few lengths; a longer text is cut there."""
    return next((length for length in LENGTHS if tokens <= length), LENGTHS[-1])


def with_masks(ids: Tensor, share: float) -> Tensor:
    """Some of the words hidden."""
    hidden = (torch.rand(ids.shape) < share) & (ids > MASK_ID)
    return ids.masked_fill(hidden, MASK_ID)


def save_layers(path: Path, bert: Any, extra: Iterable[tuple[str, Tensor]] = ()) -> str:
    """Write what changed in the encoder as the service reads it; gives its digest.

    Args:
        path: the file.
        bert: the tuned encoder.
        extra: further tensors by name.
    """
    base = {name: value.numpy() for name, value in carried_encoder().state_dict().items()}
    now = {name: value.detach().numpy() for name, value in bert.state_dict().items()}
    changed = {name: v for name, v in now.items() if not (v == base[name]).all()}
    changed |= {name: value.detach().numpy() for name, value in extra}
    known = weights.sha256_of(weights.model_file(weights.MINILM, "model.safetensors"))
    about = delta.metadata(weights.MINILM, known)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(in_order(safetensors_bytes(delta.quantize(changed, base), metadata=about)))
    return delta.combined_sha256(path, known)


def in_order(stored: bytes) -> bytes:
    """The same file with its header's keys sorted, so that equal weights are equal bytes.

    A safetensors file is the header's length in 8 bytes, the header as JSON padded with
    spaces to a multiple of 8, then the tensors at offsets counted from the header's end
    (huggingface/safetensors, README "Format"). The library writes metadata in any order.
    """
    length = int.from_bytes(stored[:8], "little")
    header = json.dumps(json.loads(stored[8 : 8 + length]), sort_keys=True).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + stored[8 + length :]
