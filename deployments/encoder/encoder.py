"""The one transformer engine behind sentiment, tone, keywords and entities.

Takes texts, gives readings. Knows nothing of documents, labels or heads, nor on
which machine it runs: CPU and GPU take the same path. Importing it loads no torch.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deployments.encoder import tokenizer
from deployments.encoder.casing import casing_ids, quietly
from deployments.encoder.config import EncoderConfig
from deployments.encoder.dense_text import thin_out_signs
from deployments.encoder.identity import EncoderIdentity
from deployments.encoder.inputs import Tokens, Window
from deployments.encoder.windows import split_windows
from deployments.reading.reading import Reading, ReadingInput
from deployments.weights.encoder_files import EncoderFiles

if TYPE_CHECKING:
    from torch import Tensor

    from deployments.encoder.batch import Batch


class Encoder:
    """Reads texts to their end; thread-safe.

    A text's states are the same alone and among others: to 1e-6 in fp32, and in bf16 as far
    as the machine's matrix products do not depend on the number of rows (see ``bert.py``).
    """

    def __init__(self, config: EncoderConfig | None = None) -> None:
        """Load the weights and the tokenizer.

        Raises:
            ModelMissing: the model or a file of it is not there.
            ModelMismatch: the weights are not the released ones.
        """
        from deployments.encoder import loading

        self.config = config = config or EncoderConfig()
        if config.threads:
            loading.limit_threads(config.threads)
        files = EncoderFiles.locate(config.source, config.sha256)
        self.device = loading.choose_device(config.device)
        dtype = loading.choose_dtype(config.precision, self.device)
        self._layers = loading.load_layers(
            files, dtype, self.device, cuda_graphs=config.cuda_graphs
        )
        self._layers.warm_up(config.batch_tokens)
        self.hidden_size = self._layers.hidden_size
        self._tokenizer = tokenizer.load_tokenizer(files.folder)
        self._special_tokens = self._tokenizer.special_tokens
        identity = EncoderIdentity.of(config, files)
        self.weights_sha256 = identity.weights_sha256
        self.version = identity.version

    def read(self, inputs: Sequence[ReadingInput]) -> list[Reading]:
        """The reading of each text, in order.

        The special tokens are read by the model, but are no part of a reading.
        """
        tokens = self._tokenize([each.text for each in inputs])
        windows = [list(each) for each in map(self._split, count(), inputs, tokens)]
        states = [np.zeros((len(each), self.hidden_size), np.float16) for each in tokens]
        for batch in self.batches(chain.from_iterable(windows)):
            self._fill(states, batch)
        return [_reading(*each) for each in zip(tokens, windows, states, strict=True)]

    def _fill(self, states: Sequence[NDArray[np.float16]], batch: "Batch") -> None:
        """Put the last hidden states of the batch's tokens where they belong."""
        (last,) = self.hidden_states(batch, (-1,))
        rows = last.half().cpu().numpy()
        prefix = len(self._special_tokens.prefix)
        for window, first_row in zip(batch.windows, batch.first_rows, strict=True):
            size = len(window) - len(self._special_tokens)
            first, row = window.first_token, first_row + prefix
            states[window.input_index][first : first + size] = rows[row : row + size]

    def tokenize(self, text: str) -> Tokens:
        """The text's tokens without the special ones, as they are read."""
        return self._tokenize([text])[0]

    def windows(self, inputs: Sequence[ReadingInput]) -> list[Window]:
        """The windows that these texts are read in, in order; every text has one at least."""
        tokens = self._tokenize([each.text for each in inputs])
        parts = map(self._split, count(), inputs, tokens)
        return list(chain.from_iterable(parts))

    def batches(self, windows: Iterable[Window]) -> Iterator["Batch"]:
        """The windows, those of like length together, as batches on the device."""
        from deployments.encoder.batching import fixed_shape_batches, packed_batches

        make = fixed_shape_batches if self.config.cuda_graphs else packed_batches
        return make(list(windows), self.config.batch_tokens, self.device)

    def hidden_states(self, batch: "Batch", layers: Sequence[int]) -> list["Tensor"]:
        """Hidden states of the batch's rows after each of ``layers``, (rows, hidden size)."""
        import torch

        with torch.inference_mode():
            return self._layers.hidden_states(batch, layers)

    def _tokenize(self, texts: Sequence[str]) -> list[Tokens]:
        tokens = tokenizer.tokenize(self._tokenizer, list(map(quietly, texts)))
        return [thin_out_signs(*pair) for pair in zip(texts, tokens, strict=True)]

    def _split(self, index: int, text: ReadingInput, tokens: Tokens) -> Iterator[Window]:
        casing = casing_ids(text.text, tokens) if self._layers.reads_casing else None
        return split_windows(
            index,
            tokens,
            text.split_points,
            self._special_tokens,
            self.config.max_tokens,
            casing,
        )


def _reading(tokens: Tokens, windows: Sequence[Window], states: NDArray[np.float16]) -> Reading:
    edges = np.array([*(window.first_token for window in windows), len(tokens)])
    return Reading(tokens.starts, tokens.ends, tokens.word_ids, edges, states)
