"""BERT's layers over many texts at once, with next to no padding.

The usual way pads every text of a batch to the longest. Here all texts lie one after the
other in one matrix for everything that looks at one token at a time (nine tenths of the
work), and only attention sees them in groups of one length. What a text is padded to depends
on itself alone, so that its states are the same alone and among others.

Devlin et al. 2019, as in transformers' ``BertModel``. Knows tensors; nothing of texts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

# oneDNN picks its kernel for a long inner dimension by the number of rows, and below this
# many the last bit of a bf16 product depends on it.
_FEWEST_ROWS = 512


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's weights; ``qkv`` holds query, key and value in this order."""

    qkv: tuple[Tensor, Tensor]
    out: tuple[Tensor, Tensor]
    out_norm: tuple[Tensor, Tensor]
    up: tuple[Tensor, Tensor]
    down: tuple[Tensor, Tensor]
    down_norm: tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Group:
    """Texts of one padded length, side by side in the matrix of all tokens.

    Attributes:
        first: row of the group's first token.
        texts: how many.
        length: rows of each, padding included.
        mask: true where a token may be looked at, false for padding, (texts, 1, 1, length);
            None where nothing is padded.
    """

    first: int
    texts: int
    length: int
    mask: Tensor | None


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
            For each of ``wanted`` a tensor (rows, hidden size). Rows of padding hold numbers
            without meaning.
        """
        depth = len(self.layers)
        kept = {number % (depth + 1) for number in wanted}
        found: dict[int, Tensor] = {}
        summed = self.words[ids] + self.places[places]
        state = self._normed(summed if casings is None else summed + casings, self.norm)
        for number, layer in enumerate(self.layers[: max(kept)]):
            found[number] = state
            state = self._after(layer, state, groups)
        found[max(kept)] = state
        return [found[number % (depth + 1)] for number in wanted]

    def _after(self, layer: Layer, state: Tensor, groups: Sequence[Group]) -> Tensor:
        mixed = functional.linear(self._attended(layer, state, groups), *layer.out)
        state = self._normed(mixed.add_(state), layer.out_norm)
        raised = functional.gelu(functional.linear(state, *layer.up))
        return self._normed(_lowered(raised, layer.down).add_(state), layer.down_norm)

    def _attended(self, layer: Layer, state: Tensor, groups: Sequence[Group]) -> Tensor:
        qkv = functional.linear(state, *layer.qkv)
        seen = torch.empty_like(state)
        for group in groups:
            rows = slice(group.first, group.first + group.texts * group.length)
            parts = qkv[rows].view(group.texts, group.length, 3, self.heads, -1)
            query, key, value = parts.permute(2, 0, 3, 1, 4)
            mean = functional.scaled_dot_product_attention(query, key, value, group.mask)
            seen[rows] = mean.transpose(1, 2).reshape(-1, self.hidden_size)
        return seen

    def _normed(self, values: Tensor, norm: tuple[Tensor, Tensor]) -> Tensor:
        return functional.layer_norm(values, (self.hidden_size,), *norm, self.epsilon)


def _lowered(raised: Tensor, down: tuple[Tensor, Tensor]) -> Tensor:
    missing = _FEWEST_ROWS - len(raised)
    if missing <= 0 or raised.dtype == torch.float32:
        return functional.linear(raised, *down)
    return functional.linear(functional.pad(raised, (0, 0, 0, missing)), *down)[: len(raised)]


def _layer(tensors: Mapping[str, Tensor], number: int) -> Layer:
    here = f"encoder.layer.{number}"
    own = [_pair(tensors, f"{here}.attention.self.{part}") for part in ("query", "key", "value")]
    return Layer(
        (torch.cat([weight for weight, _ in own]), torch.cat([bias for _, bias in own])),
        _pair(tensors, f"{here}.attention.output.dense"),
        _pair(tensors, f"{here}.attention.output.LayerNorm"),
        _pair(tensors, f"{here}.intermediate.dense"),
        _pair(tensors, f"{here}.output.dense"),
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
        rows = slice(group.first, group.first + group.texts * group.length)
        own = ids[rows].view(group.texts, group.length)
        mask = torch.ones_like(own) if group.mask is None else group.mask[:, 0, 0].long()
        found = self._model(input_ids=own, attention_mask=mask, output_hidden_states=True)
        return [found.hidden_states[number].flatten(0, 1) for number in wanted]
