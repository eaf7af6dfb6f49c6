"""The one transformer engine behind sentiment, tone, keywords and entities.

Takes texts, gives vectors. Knows nothing of documents, labels or heads, nor on
which machine it runs: CPU and GPU take the same path. Importing it loads no torch.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from deployments.encoder import tokenizer
from deployments.encoder.arrays import Integers, Vectors
from deployments.encoder.casing import casing_ids
from deployments.encoder.config import EncoderConfig
from deployments.encoder.dense_text import thin_out_signs
from deployments.encoder.identity import EncoderIdentity
from deployments.encoder.inputs import EncoderInput, Tokens, Window
from deployments.encoder.windows import split_windows
from deployments.weights.encoder_files import EncoderFiles

if TYPE_CHECKING:
    from torch import Tensor

    from deployments.encoder.batch import Batch


class Encoder:
    """Reads texts to their end and gives vectors for spans or tokens; thread-safe.

    A text's vectors are the same alone and among others: to 1e-6 in fp32, and in bf16 as far
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
        self._special_tokens = tokenizer.special_tokens(self._tokenizer)
        identity = EncoderIdentity.of(config, files)
        self.weights_sha256 = identity.weights_sha256
        self.version = identity.version

    def pool(
        self, inputs: Sequence[EncoderInput], *, layers: Sequence[int] = (-1,)
    ) -> list[Vectors]:
        """Mean hidden states of the tokens within each span, of length 1.

        Args:
            inputs: texts with their spans.
            layers: which hidden states; 0 is the embedding layer, -1 the last. Each
                layer's mean is normalised by itself, then they are put side by side.

        Returns:
            For each input, in order, an array (n_spans, n_layers * hidden size). A span
            over a whole text in one window is sentence-transformers' embedding of it. A
            span without any token gives zeros.
        """
        shape = (len(layers), self.hidden_size)
        sums = [np.zeros((len(each.spans), *shape), np.float32) for each in inputs]
        for batch in self.batches(self.windows(inputs)):
            states = self.hidden_states(batch, layers)
            windows = iter(batch.windows)
            for group in batch.groups:
                members = list(islice(windows, group.batch_size))
                padded = [group.pad(state) for state in states]
                for window, rows in zip(members, _span_sums(members, padded), strict=True):
                    numbers = window.span_numbers
                    sums[window.input_index][numbers] += rows[: len(numbers)]
        return [_normalized(s).reshape(len(s), s.shape[1] * s.shape[2]) for s in sums]

    def tokens(self, inputs: Sequence[EncoderInput]) -> list[tuple[Tokens, Vectors]]:
        """The tokens of each input and their last hidden states, (n_tokens, hidden), in order."""
        tokens = self._tokenize(inputs)
        states = [np.zeros((len(each), self.hidden_size), np.float32) for each in tokens]
        prefix = len(self._special_tokens.prefix)
        for batch in self.batches(self._split(inputs, tokens)):
            (last,) = self.hidden_states(batch, (-1,))
            rows = last.float().cpu().numpy()
            for window, first_row in zip(batch.windows, batch.first_rows, strict=True):
                count = len(window) - len(self._special_tokens)
                first, row = window.first_token, first_row + prefix
                states[window.input_index][first : first + count] = rows[row : row + count]
        return list(zip(tokens, states, strict=True))

    def tokenize(self, text: str) -> Tokens:
        """The text's tokens without the special ones, as they are read."""
        return self._tokenize([EncoderInput.whole(text)])[0]

    def windows(self, inputs: Sequence[EncoderInput]) -> list[Window]:
        """The windows that these inputs are read in, in order; every input has one at least."""
        return list(self._split(inputs, self._tokenize(inputs)))

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

    def _tokenize(self, inputs: Sequence[EncoderInput]) -> list[Tokens]:
        texts = [each.text for each in inputs]
        tokens = tokenizer.tokenize(self._tokenizer, texts)
        return [thin_out_signs(*pair) for pair in zip(texts, tokens, strict=True)]

    def _split(self, inputs: Sequence[EncoderInput], tokens: Sequence[Tokens]) -> Iterator[Window]:
        for index, (each, input_tokens) in enumerate(zip(inputs, tokens, strict=True)):
            casing = casing_ids(each.text, input_tokens) if self._layers.reads_casing else None
            yield from split_windows(
                index, each, input_tokens, self._special_tokens, self.config.max_tokens, casing
            )


def _span_sums(windows: Sequence[Window], states: Sequence["Tensor"]) -> Vectors:
    """Sums of hidden states within each span, computed where the states lie.

    Args:
        windows: whose spans are summed.
        states: for each layer (n_windows, length, hidden size).

    Returns:
        An array (n_windows, most spans of a window, n_layers, hidden size).
    """
    import torch

    # A batch of a fixed shape may have rows without a window, behind the others.
    states = [state[: len(windows)] for state in states]
    device = states[0].device
    with torch.inference_mode():
        ranges = torch.from_numpy(_stacked_ranges(windows)).to(device)
        positions = torch.arange(states[0].shape[1], device=device)
        # (n_windows, most spans, length): 1 where the token lies within the span.
        within = (positions >= ranges[..., :1]) & (positions < ranges[..., 1:])
        pooled = [within.float() @ state.float() for state in states]
        sums: Vectors = torch.stack(pooled, dim=2).cpu().numpy()
    return sums


def _stacked_ranges(windows: Sequence[Window]) -> Integers:
    """The windows' token ranges, (n_windows, most spans of a window, 2), zero padded."""
    most = max(len(window.token_ranges) for window in windows)
    ranges = np.zeros((len(windows), most, 2), np.int64)
    for row, window in enumerate(windows):
        ranges[row, : len(window.token_ranges)] = window.token_ranges
    return ranges


def _normalized(sums: Vectors) -> Vectors:
    norms = np.linalg.norm(sums, axis=-1, keepdims=True)
    unit = np.zeros_like(sums)
    np.divide(sums, norms, out=unit, where=norms > 0)
    return unit
