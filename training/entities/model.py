"""Token classification: the carried encoder, which is taught capitals, and a head of tags."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from deployments.encoder.casing import CASING_COUNT, NO_CASING
from deployments.encoder.heads import Head
from deployments.entities.bio import TAGS
from training.entities.examples import TaggingExample
from training.fitting.batching import CLS_ID, SEP_ID, STEP_TOKENS, padded, padded_length, with_masks
from training.fitting.finetuning import Hyperparameters
from training.fitting.pretrained import compiled, last_hidden_states, trainable_encoder

# Share of the texts whose casing is left out, so that it is not all that counts.
_WITHOUT_CASING = 0.05


class TaggingModel(nn.Module):
    """The carried encoder, a vector for each casing, and the tags' head."""

    def __init__(self, hyperparameters: Hyperparameters) -> None:
        super().__init__()
        torch.manual_seed(hyperparameters.seed)
        self.hyperparameters = hyperparameters
        self.bert = trainable_encoder(embeddings=hyperparameters.embeddings)
        size = self.bert.config.hidden_size
        self.casings = nn.Embedding(CASING_COUNT, size)
        nn.init.normal_(self.casings.weight, std=0.02)
        self.drop = nn.Dropout(hyperparameters.dropout)
        self.out = nn.Linear(size, len(TAGS))
        self._compiled = compiled(self._hidden_states, enabled=hyperparameters.compiled)

    def _hidden_states(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        return last_hidden_states(self.bert, embeddings, mask)

    def loss(self, batch: list[TaggingExample]) -> Tensor:
        """Mean over words of minus the log of the probability of the allowed tags."""
        length = padded_length(max(map(len, batch)))
        ids, kinds, mask, allowed, weights = _arrays(batch, length, STEP_TOKENS // length)
        without_casing = torch.rand(len(ids), 1) < _WITHOUT_CASING
        kinds = kinds.masked_fill(without_casing, NO_CASING)
        ids = with_masks(ids, self.hyperparameters.masked)
        embeddings = self.bert.embeddings.word_embeddings(ids) + self.casings(kinds)
        logits = self.out(self.drop(self._compiled(embeddings, mask)))
        log_probabilities = logits.log_softmax(-1).masked_fill(~allowed, -1e4).logsumexp(-1)
        mean: Tensor = -(log_probabilities * weights).sum() / weights.sum()
        return mean

    def head(self) -> Head:
        """The tags' head as the service reads it."""
        layer = self.out.weight.detach().numpy(), self.out.bias.detach().numpy()
        return Head(TAGS, (layer,))


def _arrays(batch: Sequence[TaggingExample], length: int, rows: int) -> tuple[Tensor, ...]:
    """Ids, casings, mask, allowed tags and weights, each (rows, length) and more."""
    room = length - 2  # for the special tokens
    ids, mask = padded([[CLS_ID, *e.ids[:room], SEP_ID] for e in batch], length, rows)
    kinds = np.full((rows, length), NO_CASING, np.int64)
    allowed = np.zeros((rows, length, len(TAGS)), bool)
    weights = np.zeros((rows, length), np.float32)
    for row, example in enumerate(batch):
        inside = slice(1, min(len(example.ids), room) + 1)
        kinds[row, inside] = example.casings[:room]
        allowed[row, inside] = example.allowed_tags[:room]
        weights[row, inside] = example.first[:room]
    return tuple(map(torch.from_numpy, (ids, kinds, mask, allowed, weights)))
