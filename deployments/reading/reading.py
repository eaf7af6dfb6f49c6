"""A text as the encoder read it: tokens and their hidden states. Knows no tensor library."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deployments.results import Span

# Ranges that are added up in one product: a matrix of ranges by tokens stays small.
_RANGES_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class ReadingInput:
    """What an encoder is given of a text.

    Attributes:
        text: read to its end; offsets of the reading are those of this text.
        split_points: code points at which a text too long for one window is best split, for
            instance the starts of its sentences; elsewhere it is split between words.
    """

    text: str
    split_points: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """The tokens of one text, the special ones left out, and what the encoder says of each.

    Attributes:
        starts, ends: code points of each token without blanks around it, (n,).
        word_ids: number of the word each token belongs to, (n,).
        windows: tokens at which a window of the encoder begins, and the end, (n_windows + 1,).
        states: last hidden states in half precision, (n, hidden size).
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    word_ids: NDArray[np.int64]
    windows: NDArray[np.int64]
    states: NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.starts)

    def token_ranges(self, spans: Sequence[Span]) -> NDArray[np.int64]:
        """For each span the tokens [first, last) that lie within it, (n_spans, 2)."""
        edges = np.array([(span.start, span.end) for span in spans], np.int64).reshape(-1, 2)
        first = np.searchsorted(self.starts, edges[:, 0], side="left")
        last = np.searchsorted(self.ends, edges[:, 1], side="right")
        return np.stack([first, np.maximum(first, last)], axis=1)

    def span_vectors(self, spans: Sequence[Span]) -> NDArray[np.float32]:
        """Mean hidden states within each span, of length 1, (n_spans, hidden size).

        Zeros for a span without any token.
        """
        return self.mean_states(self.token_ranges(spans))

    def window_ranges(self) -> NDArray[np.int64]:
        """For each window its tokens [first, last), (n_windows, 2)."""
        return np.stack([self.windows[:-1], self.windows[1:]], axis=1)

    def mean_states(self, ranges: NDArray[np.int64]) -> NDArray[np.float32]:
        """Mean hidden states of the tokens [first, last) of each range, of length 1.

        Zeros for an empty range.

        Args:
            ranges: (n, 2).

        Returns:
            (n, hidden size).
        """
        sums = np.zeros((len(ranges), self.states.shape[1]), np.float32)
        # Ranges that begin near each other: a long text has thousands, each of few tokens.
        order = np.argsort(ranges[:, 0], kind="stable")
        for at in range(0, len(order), _RANGES_AT_ONCE):
            numbers = order[at : at + _RANGES_AT_ONCE]
            sums[numbers] = self._sums(ranges[numbers])
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        np.divide(sums, norms, out=sums, where=norms > 0)
        return sums

    def _sums(self, ranges: NDArray[np.int64]) -> NDArray[np.float32]:
        first, last = int(ranges.min()), int(ranges.max())
        positions = np.arange(first, last)
        within = (positions >= ranges[:, :1]) & (positions < ranges[:, 1:])
        states = self.states[first:last].astype(np.float32)
        sums: NDArray[np.float32] = within.astype(np.float32) @ states
        return sums


@dataclass(frozen=True, slots=True)
class PackedReadings:
    """The readings of a batch in few arrays: a message has a cost for each.

    Attributes:
        sizes: tokens of each text, (n_texts,); -1 for a text without a reading.
        window_counts: windows of each text, (n_texts,).
        tokens: starts, ends and word ids of all tokens, (3, n_tokens).
        window_firsts: first token of each window in its text, (n_windows,).
        states: (n_tokens, hidden size).
    """

    sizes: NDArray[np.int32]
    window_counts: NDArray[np.int32]
    tokens: NDArray[np.int32]
    window_firsts: NDArray[np.int32]
    states: NDArray[np.float16]

    @classmethod
    def pack(cls, readings: Sequence[Reading | None]) -> "PackedReadings":
        """Put side by side; None stands for a text that could not be read."""
        there = [reading for reading in readings if reading is not None]
        sizes = [-1 if reading is None else len(reading) for reading in readings]
        counts = [0 if reading is None else len(reading.windows) - 1 for reading in readings]
        tokens = [np.stack([each.starts, each.ends, each.word_ids]) for each in there]
        return cls(
            np.array(sizes, np.int32),
            np.array(counts, np.int32),
            np.concatenate([np.zeros((3, 0), np.int64), *tokens], axis=1).astype(np.int32),
            np.concatenate([[], *(each.windows[:-1] for each in there)]).astype(np.int32),
            np.concatenate([each.states for each in there])
            if there
            else np.zeros((0, 0), np.float16),
        )

    def unpack(self) -> list[Reading | None]:
        """The readings, their states in place."""
        starts, ends, word_ids = self.tokens.astype(np.int64)
        token_ends = np.cumsum(self.sizes.clip(0)).tolist()
        window_ends = np.cumsum(self.window_counts).tolist()
        readings: list[Reading | None] = []
        for size, count, end, window_end in zip(
            self.sizes.tolist(), self.window_counts.tolist(), token_ends, window_ends, strict=True
        ):
            rows = slice(end - max(size, 0), end)
            firsts = self.window_firsts[window_end - count : window_end]
            windows = np.append(firsts, size).astype(np.int64)
            readings.append(
                None
                if size < 0
                else Reading(starts[rows], ends[rows], word_ids[rows], windows, self.states[rows])
            )
        return readings
