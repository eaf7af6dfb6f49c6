"""A BERT's forward pass as CUDA graphs: one call starts all of its kernels.

One graph for each shape of batch and choice of layers, captured when it is first met; so
batches must come in few shapes (``batching.fixed_shape_batches``). Knows tensors alone.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from threading import Lock

import torch
from torch import Tensor

from deployments.encoder.batch import Batch
from deployments.encoder.bert import Bert

_WARM_UP_RUNS = 3

#: Records a computation once; gives its outputs and what computes them again in place.
Capture = Callable[[Callable[[], list[Tensor]]], tuple[list[Tensor], Callable[[], None]]]


@dataclass(frozen=True, slots=True)
class _Graph:
    """A captured pass: the tensors that it reads and writes, and what runs it again."""

    batch: Batch
    outputs: list[Tensor]
    replay: Callable[[], None]


class GraphedBert:
    """A BERT whose passes over batches of fixed shapes are replayed; thread-safe."""

    def __init__(self, bert: Bert, capture: Capture | None = None) -> None:
        """Wrap the layers; ``capture`` is how a pass is recorded, by default as a CUDA graph."""
        self._bert = bert
        self._capture = capture or capture_cuda_graph
        self._graphs: dict[tuple[int, int, tuple[int, ...]], _Graph] = {}
        self._lock = Lock()
        self.hidden_size = bert.hidden_size

    @property
    def reads_casing(self) -> bool:
        """As :attr:`bert.Bert.reads_casing`."""
        return self._bert.reads_casing

    def warm_up(self, rows: int) -> None:
        """Nothing: which shapes will come is not known, and a capture takes milliseconds."""

    def hidden_states(self, batch: Batch, layers: Sequence[int]) -> list[Tensor]:
        """As :meth:`bert.Bert.hidden_states`, for a batch of one group without packed rows."""
        (group,) = batch.groups
        key = (group.batch_size, group.length, tuple(layers))
        # A replay writes over the outputs of the one before, hence the lock and the copies.
        with self._lock:
            if key not in self._graphs:
                self._graphs[key] = self._captured(batch, layers)
            graph = self._graphs[key]
            for static, values in zip(_tensors(graph.batch), _tensors(batch), strict=True):
                static.copy_(values)
            graph.replay()
            return [output.clone() for output in graph.outputs]

    def _captured(self, batch: Batch, layers: Sequence[int]) -> _Graph:
        # A graph reads and writes where it did when it was captured: tensors of its own.
        static = deepcopy(replace(batch, windows=()))
        outputs, replay = self._capture(lambda: self._bert.hidden_states(static, layers))
        return _Graph(static, outputs, replay)


def capture_cuda_graph(
    compute: Callable[[], list[Tensor]],
) -> tuple[list[Tensor], Callable[[], None]]:
    """Capture as PyTorch's notes on CUDA graphs say: warm up beside, then record."""
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(_WARM_UP_RUNS):
            compute()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        outputs = compute()
    return outputs, graph.replay


def _tensors(batch: Batch) -> list[Tensor]:
    """What differs between two batches of one shape."""
    (group,) = batch.groups
    tensors = (batch.input_ids, batch.casing_ids, group.attention_mask)
    return [tensor for tensor in tensors if tensor is not None]
