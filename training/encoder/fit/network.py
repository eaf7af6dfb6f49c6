"""The encoder with a head for each task, in plain torch."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.encoder.fit.sets import CASING_COUNT, MASK_ID, PaddedBatch, Task

#: The shape of multilingual-e5-small.
HIDDEN, ATTENTION_HEADS, INNER, POSITIONS = 384, 12, 1536, 512
_NORM_EPSILON = 1e-12
# Each part of a layer here, to its name in transformers' BertModel; queries, keys and values are
# one matrix here.
LAYER_PARTS = {
    "attention_out": "attention.output.dense", "attention_norm": "attention.output.LayerNorm",
    "up": "intermediate.dense", "down": "output.dense", "out_norm": "output.LayerNorm",
}  # fmt: skip
_THIRDS = ("query", "key", "value")
_WORDS = "embeddings.word_embeddings.weight"
_POSITIONS = "embeddings.position_embeddings.weight"
_TYPES = "embeddings.token_type_embeddings.weight"
_NORM = "embeddings.LayerNorm"


class EncoderLayer(nn.Module):
    """One layer of a BERT (Devlin et al. 2019)."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(HIDDEN, 3 * HIDDEN)
        self.attention_out = nn.Linear(HIDDEN, HIDDEN)
        self.attention_norm = nn.LayerNorm(HIDDEN, eps=_NORM_EPSILON)
        self.up = nn.Linear(HIDDEN, INNER)
        self.down = nn.Linear(INNER, HIDDEN)
        self.out_norm = nn.LayerNorm(HIDDEN, eps=_NORM_EPSILON)

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        """States (n, length, hidden) to states; attention sees where ``mask`` is true."""
        rows, length, _ = state.shape
        queries, keys, values = (
            self.qkv(state).view(rows, length, 3, ATTENTION_HEADS, -1).permute(2, 0, 3, 1, 4)
        )
        mean = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
        state = self.attention_norm(state + self.attention_out(mean.transpose(1, 2).flatten(2)))
        normed: Tensor = self.out_norm(state + self.down(functional.gelu(self.up(state))))
        return normed


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the network says of a batch.

    Attributes:
        logits: of each task's head on each span there is, (n_spans, n_outputs), by task.
        tags: logits of each position, (n, length, n_tags).
        keys: likewise, (n, length).
    """

    logits: Mapping[str, Tensor]
    tags: Tensor
    keys: Tensor


class Network(nn.Module):
    """Encoder, heads of spans, and the heads of tags and of tokens in key phrases."""

    def __init__(
        self, tasks: Sequence[Task], tag_count: int, depth: int, dropout: float = 0.1
    ) -> None:
        """With random weights.

        Args:
            tasks: of spans.
            tag_count: how many tags a token may have.
            depth: layers.
            dropout: before and within heads; none in the encoder.
        """
        super().__init__()
        self.words = nn.Embedding(MASK_ID + 1, HIDDEN)
        self.positions = nn.Embedding(POSITIONS, HIDDEN)
        self.casings = nn.Embedding(CASING_COUNT, HIDDEN)
        nn.init.normal_(self.casings.weight, std=0.02)
        self.norm = nn.LayerNorm(HIDDEN, eps=_NORM_EPSILON)
        self.layers = nn.ModuleList(EncoderLayer() for _ in range(depth))
        self.drop = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({task.name: _head(task, dropout) for task in tasks})
        self.tag_head = nn.Linear(HIDDEN, tag_count)
        self.key_head = nn.Linear(HIDDEN, 1)

    def forward(self, batch: PaddedBatch) -> Outputs:
        """What it says of spans and tokens; the encoder in bf16 on a GPU."""
        device = batch.ids.device.type
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            states = self._states(batch.ids, batch.casings, batch.lengths)
        states = states.float()
        pooled = self._pooled(states, batch.spans)[batch.has_span]
        logits = {name: head(pooled) for name, head in self.heads.items()}
        dropped = self.drop(states)
        return Outputs(logits, self.tag_head(dropped), self.key_head(dropped)[..., 0])

    def _states(self, ids: Tensor, casings: Tensor, lengths: Tensor) -> Tensor:
        """Last hidden states, (n, length, hidden)."""
        at = torch.arange(ids.shape[1], device=ids.device)
        state: Tensor = self.norm(self.words(ids) + self.positions(at) + self.casings(casings))
        mask = (at < lengths[:, None])[:, None, None, :]
        for layer in self.layers:
            state = layer(state, mask)
        return state

    def _pooled(self, states: Tensor, spans: Tensor) -> Tensor:
        """Mean states of spans, scaled to length sqrt(hidden), (n, MOST_SPANS, hidden)."""
        at = torch.arange(states.shape[1], device=states.device)
        within = (at >= spans[..., :1]) & (at < spans[..., 1:])
        return functional.normalize(within.to(states.dtype) @ states, dim=-1) * math.sqrt(HIDDEN)

    @torch.no_grad()
    def load_bert(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the weights of a ``BertModel``, as many layers as there are here.

        Raises:
            KeyError: the BERT has fewer layers.
        """
        self.words.weight.copy_(tensors[_WORDS])
        # There is one type of tokens: the positions hold it.
        self.positions.weight.copy_(tensors[_POSITIONS] + tensors[_TYPES][0])
        for part in ("weight", "bias"):
            self.norm.get_parameter(part).copy_(tensors[f"{_NORM}.{part}"])
            for number, layer in enumerate(self.layers):
                prefix = f"encoder.layer.{number}."
                thirds = [tensors[f"{prefix}attention.self.{each}.{part}"] for each in _THIRDS]
                layer.get_submodule("qkv").get_parameter(part).copy_(torch.cat(thirds))
                for name, theirs in LAYER_PARTS.items():
                    target = layer.get_submodule(name).get_parameter(part)
                    target.copy_(tensors[f"{prefix}{theirs}.{part}"])

    def bert(self) -> dict[str, Tensor]:
        """The encoder's weights by the names of ``BertModel``, without the casings' embeddings."""
        tensors: dict[str, Tensor] = {
            _WORDS: self.words.weight,
            _POSITIONS: self.positions.weight,
            _TYPES: torch.zeros(1, HIDDEN),
        }
        for part in ("weight", "bias"):
            tensors[f"{_NORM}.{part}"] = self.norm.get_parameter(part)
            for number, layer in enumerate(self.layers):
                prefix = f"encoder.layer.{number}."
                thirds = layer.get_submodule("qkv").get_parameter(part).chunk(3)
                for name, third in zip(_THIRDS, thirds, strict=True):
                    tensors[f"{prefix}attention.self.{name}.{part}"] = third
                for name, theirs in LAYER_PARTS.items():
                    parameter = layer.get_submodule(name).get_parameter(part)
                    tensors[f"{prefix}{theirs}.{part}"] = parameter
        return {name: values.detach() for name, values in tensors.items()}


def _head(task: Task, dropout: float) -> nn.Sequential:
    drop, count = nn.Dropout(dropout), len(task.outputs)
    if not task.hidden:
        return nn.Sequential(drop, nn.Linear(HIDDEN, count))
    first = nn.Linear(HIDDEN, task.hidden)
    return nn.Sequential(drop, first, nn.ReLU(), drop, nn.Linear(task.hidden, count))
