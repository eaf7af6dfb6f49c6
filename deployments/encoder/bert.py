"""BERT's layers over many texts at once, with next to no padding.

The usual way pads every text of a batch to the longest. Here all texts lie one after the
other in one matrix for everything that looks at one token at a time (three quarters of the
work), and only attention sees them padded, in groups of one length. What a text is padded to
depends on itself alone, so that its states are the same alone and among others.

Devlin et al. 2019, as in transformers' ``BertModel``. Knows tensors; nothing of texts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from deployments.encoder.linear import Linear, rounded, sizes

# oneDNN picks its kernel for a long inner dimension by the number of rows, and below this
# many the last bit of a bf16 product depends on it.
_FEWEST_ROWS = 512


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's weights; ``qkv`` gives query, key and value in this order."""

    qkv: Linear
    out: Linear
    out_norm: tuple[Tensor, Tensor]
    up: Linear
    down: Linear
    down_norm: tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbouring texts of the matrix of all tokens that attention pads to one length.

    Attributes:
        first: row of the group's first token.
        texts: how many.
        length: tokens of each, padding included.
        mask: true where a token may be looked at, false for padding, (texts, 1, 1, length);
            None where nothing is padded.
        spread: for each place, padding included, the row that stands there,
            (texts * length,); None where the rows lie as attention wants them.
        kept: the places that are not padding, (n_rows,); None likewise.
    """

    first: int
    texts: int
    length: int
    mask: Tensor | None = None
    spread: Tensor | None = None
    kept: Tensor | None = None

    @classmethod
    def of(cls, first: int, lengths: Sequence[int], length: int, device: str) -> "Group":
        """Texts of these many tokens, each padded to ``length``."""
        if all(own == length for own in lengths):
            return cls(first, len(lengths), length)
        own = torch.tensor(lengths)
        starts = first + own.cumsum(0) - own
        places = torch.arange(length)
        real = places < own[:, None]
        # Padding repeats a text's last token: any finite numbers will do.
        spread = (starts[:, None] + places.minimum(own[:, None] - 1)).flatten()
        kept = real.flatten().nonzero()[:, 0]
        mask, spread, kept = (
            values.to(device) for values in (real[:, None, None, :], spread, kept)
        )
        return cls(first, len(lengths), length, mask, spread, kept)

    @property
    def rows(self) -> slice:
        """Its rows in the matrix of all tokens."""
        count = self.texts * self.length if self.kept is None else len(self.kept)
        return slice(self.first, self.first + count)

    def padded(self, values: Tensor) -> Tensor:
        """Its rows of (rows, n) as (texts, length, n)."""
        own = values[self.rows] if self.spread is None else values.index_select(0, self.spread)
        return own.view(self.texts, self.length, -1)

    def unpadded(self, values: Tensor) -> Tensor:
        """Its rows (n_rows, n) out of (texts, length, n)."""
        flat = values.reshape(self.texts * self.length, -1)
        return flat if self.kept is None else flat.index_select(0, self.kept)


class Bert:
    """The layers of a BERT, for inference."""

    def __init__(self, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> None:
        """Take the weights as they are.

        Args:
            tensors: by the names that transformers' ``BertModel`` stores them under.
            config: the ``config.json`` beside them.
        """
        self.heads: int = config["num_attention_heads"]
        self.hidden_size: int = config["hidden_size"]
        self.epsilon: float = config["layer_norm_eps"]
        self.words = tensors["embeddings.word_embeddings.weight"]
        # Every token is of the first kind: texts come alone, never in pairs.
        kind = tensors["embeddings.token_type_embeddings.weight"][0]
        self.places = tensors["embeddings.position_embeddings.weight"] + kind
        self.norm = _pair(tensors, "embeddings.LayerNorm")
        self.layers = [_layer(tensors, n) for n in range(config["num_hidden_layers"])]

    def states(
        self,
        ids: Tensor,
        places: Tensor,
        groups: Sequence[Group],
        wanted: Sequence[int],
        casings: Tensor | None = None,
    ) -> list[Tensor]:
        """Hidden states of every row after the wanted layers.

        Args:
            ids: vocabulary numbers, (rows,).
            places: each row's place in its text, (rows,).
            groups: which rows are a text.
            wanted: numbers of layers; 0 is the embeddings, -1 the last.
            casings: what is added to the embeddings, (rows, hidden size).

        Returns:
            For each of ``wanted`` a tensor (rows, hidden size).
        """
        depth, rows = len(self.layers), len(ids)
        kept = {number % (depth + 1) for number in wanted}
        found: dict[int, Tensor] = {}
        summed = self.words[ids] + self.places[places]
        state = self._normed(summed if casings is None else summed + casings, self.norm)
        state = functional.pad(state, (0, 0, 0, self._rows(rows) - rows))
        for number, layer in enumerate(self.layers[: max(kept)]):
            found[number] = state
            state = self._after(layer, state, groups)
        found[max(kept)] = state
        return [found[number % (depth + 1)][:rows] for number in wanted]

    def warm_up(self, rows: int) -> None:
        """Have everything made that a matrix of up to so many rows will need."""
        first = self.layers[0]
        if first.up.is_blocked:
            with torch.inference_mode():
                for size in sizes(rows):
                    state = self.words.new_zeros(size, self.hidden_size)
                    self._after(first, state, [])

    def _rows(self, rows: int) -> int:
        return rounded(rows) if self.layers[0].up.is_blocked else rows

    def _after(self, layer: Layer, state: Tensor, groups: Sequence[Group]) -> Tensor:
        mixed = layer.out(self._attended(layer.qkv(state), groups))
        state = self._normed(mixed.add_(state), layer.out_norm)
        lowered = _lowered(layer.up.gelu(state), layer.down)
        return self._normed(lowered.add_(state), layer.down_norm)

    def _attended(self, qkv: Tensor, groups: Sequence[Group]) -> Tensor:
        seen = qkv.new_zeros(len(qkv), self.hidden_size)
        for group in groups:
            parts = group.padded(qkv).view(group.texts, group.length, 3, self.heads, -1)
            query, key, value = parts.permute(2, 0, 3, 1, 4)
            mean = functional.scaled_dot_product_attention(query, key, value, group.mask)
            seen[group.rows] = group.unpadded(mean.transpose(1, 2).flatten(2))
        return seen

    def _normed(self, values: Tensor, norm: tuple[Tensor, Tensor]) -> Tensor:
        return functional.layer_norm(values, (self.hidden_size,), *norm, self.epsilon)


def _lowered(raised: Tensor, down: Linear) -> Tensor:
    missing = _FEWEST_ROWS - len(raised)
    if missing <= 0 or raised.dtype == torch.float32:
        return down(raised)
    return down(functional.pad(raised, (0, 0, 0, missing)))[: len(raised)]


def _layer(tensors: Mapping[str, Tensor], number: int) -> Layer:
    here = f"encoder.layer.{number}"
    own = [_pair(tensors, f"{here}.attention.self.{part}") for part in ("query", "key", "value")]
    return Layer(
        Linear(torch.cat([weight for weight, _ in own]), torch.cat([bias for _, bias in own])),
        Linear(*_pair(tensors, f"{here}.attention.output.dense")),
        _pair(tensors, f"{here}.attention.output.LayerNorm"),
        Linear(*_pair(tensors, f"{here}.intermediate.dense")),
        Linear(*_pair(tensors, f"{here}.output.dense")),
        _pair(tensors, f"{here}.output.LayerNorm"),
    )


def _pair(tensors: Mapping[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    return tensors[f"{name}.weight"], tensors[f"{name}.bias"]


def is_plain(config: Mapping[str, Any]) -> bool:
    """Whether the ``config.json`` is that of a BERT as these layers compute it."""
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
    )


class Padded:
    """Any other encoder of transformers behind the same method, a group at a time."""

    def __init__(self, model: Any) -> None:
        """Wrap the model."""
        self._model = model
        self.hidden_size: int = model.config.hidden_size

    def warm_up(self, rows: int) -> None:
        """Nothing of it needs that."""

    def states(
        self,
        ids: Tensor,
        places: Tensor,
        groups: Sequence[Group],
        wanted: Sequence[int],
        casings: Tensor | None = None,
    ) -> list[Tensor]:
        """As :meth:`Bert.states`; such an encoder is never told of casings."""
        parts = [self._group(ids, group, wanted) for group in groups]
        return [torch.cat(states) for states in zip(*parts, strict=True)]

    def _group(self, ids: Tensor, group: Group, wanted: Sequence[int]) -> list[Tensor]:
        own = group.padded(ids[:, None])[..., 0]
        mask = torch.ones_like(own) if group.mask is None else group.mask[:, 0, 0].long()
        found = self._model(input_ids=own, attention_mask=mask, output_hidden_states=True)
        return [group.unpadded(found.hidden_states[number]) for number in wanted]
