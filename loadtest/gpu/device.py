"""The transformer analyses over blocks, as fast as a device goes.

A block's encoder runs as it is, compiled, or captured as a CUDA graph for its shape.
What follows it (means over spans, heads) is a few small products and stays as it is.
Copies to the device have a stream of their own, so that they run beside the computing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from deployments.encoder.batch import Batch, PaddedGroup
from loadtest.gpu.blocks import Block
from loadtest.gpu.models import Model

#: How the encoder may be run on a GPU; elsewhere only ``plain``.
MODES = ("plain", "graph", "compiled", "compiled graph")
#: The analyses that have work for a GPU.
TRANSFORMERS = ("sentiment", "tone", "keywords", "entities")
_WARM_UPS = 3

#: An analysis' outputs for a block by name, on the device.
Outputs = dict[str, Tensor]
#: Token ids, lengths, casings in; wanted hidden states out, (texts, length, hidden) each.
Forward = Callable[[Tensor, Tensor, Tensor], list[Tensor]]


class Device:
    """Runs blocks of all encoders on one device."""

    def __init__(self, models: Mapping[str, Model], device: str, mode: str = "plain") -> None:
        self._models = models
        self._device = device
        self._mode = mode
        make = compiled if "compiled" in mode else plain
        self._encoders = {name: make(model) for name, model in models.items()}
        self._graphs: dict[tuple[str, tuple[int, int]], Forward] = {}
        self._copying = _stream() if device == "cuda" else None

    def warm_up(self, blocks: Iterable[Block]) -> None:
        """Capture or compile every shape of these blocks."""
        for block in {(block.encoder, block.shape): block for block in blocks}.values():
            self.run(block)
        self.wait()

    def run(self, block: Block, analyses: Sequence[str] = TRANSFORMERS) -> Outputs:
        """Start one block; the outputs of these analyses."""
        model = self._models[block.encoder]
        with torch.inference_mode():
            ids, lengths, casings, ranges = self._sent(block)
            states = self._forward(block)(ids, lengths, casings)
            return _READERS[block.encoder](model, states, ranges, analyses)

    def fetch(self, outputs: Outputs) -> dict[str, NDArray[Any]]:
        """The outputs as arrays; waits for them."""
        return {name: values.float().cpu().numpy() for name, values in outputs.items()}

    def send_back(self, outputs: Outputs) -> list[Tensor]:
        """Start copying the outputs to pinned memory, without waiting."""
        if self._device != "cuda":
            return list(outputs.values())
        pinned = [torch.empty(o.shape, dtype=o.dtype, pin_memory=True) for o in outputs.values()]
        for target, values in zip(pinned, outputs.values(), strict=True):
            target.copy_(values, non_blocking=True)
        return pinned

    def wait(self) -> None:
        """Until everything that was started is done."""
        if self._device == "cuda":
            torch.cuda.synchronize()

    def _sent(self, block: Block) -> list[Tensor]:
        """The block's arrays on the device."""
        arrays = (block.ids, block.lengths, block.casings, block.ranges)
        host = [torch.from_numpy(array.astype(np.int32)) for array in arrays]
        if self._copying is None:
            return host
        with torch.cuda.stream(self._copying):
            sent = [t.pin_memory().to(self._device, non_blocking=True) for t in host]
        computing = torch.cuda.current_stream()
        computing.wait_stream(self._copying)
        for tensor in sent:
            tensor.record_stream(computing)
        return sent

    def _forward(self, block: Block) -> Forward:
        if "graph" not in self._mode:
            return self._encoders[block.encoder]
        key = (block.encoder, block.shape)
        if key not in self._graphs:
            self._graphs[key] = captured(self._encoders[block.encoder], block.shape)
        return self._graphs[key]


def plain(model: Model) -> Forward:
    """The encoder for blocks of any shape."""

    def forward(ids: Tensor, lengths: Tensor, casings: Tensor) -> list[Tensor]:
        texts, length = ids.shape
        positions = torch.arange(length, device=ids.device)
        # A row without a text looks at its first place, so that its numbers stay finite.
        mask = positions < lengths.clamp(min=1)[:, None]
        group = PaddedGroup(0, texts, length, mask[:, None, None, :])
        places = positions.repeat(texts)
        batch = Batch((), (), [group], ids.flatten(), places, casings.flatten())
        states = model.layers.hidden_states(batch, model.wanted)
        return [state.view(texts, length, -1) for state in states]

    return forward


def compiled(model: Model) -> Forward:
    """The same, its small operations fused; for any shape, since each takes its time to compile."""
    forward: Forward = torch.compile(plain(model), dynamic=True)
    return forward


def captured(forward: Forward, shape: tuple[int, int]) -> Forward:
    """The same as a CUDA graph, which starts with one call however many kernels it has.

    What it returns is overwritten by its next call, which comes after its reader's work in
    the same stream.
    """
    sizes = (shape, shape[:1], shape)
    inputs = [torch.zeros(size, dtype=torch.int32, device="cuda") for size in sizes]
    side = _stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(_WARM_UPS):
            forward(*inputs)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        outputs = forward(*inputs)

    def replay(*given: Tensor) -> list[Tensor]:
        for own, values in zip(inputs, given, strict=True):
            own.copy_(values)
        graph.replay()
        return outputs

    return replay


def _stream() -> Any:
    return torch.cuda.Stream()  # type: ignore[no-untyped-call]


def _pooled(states: list[Tensor], ranges: Tensor) -> Tensor:
    """Mean states of each span, of length 1 for each layer: (texts, spans, layers * hidden)."""
    positions = torch.arange(states[0].shape[1], device=ranges.device)
    within = (positions >= ranges[..., :1]) & (positions < ranges[..., 1:])
    sums = [within.float() @ state.float() for state in states]
    return torch.cat([functional.normalize(own, dim=-1) for own in sums], dim=-1)


def _affect(model: Model, states: list[Tensor], ranges: Tensor, analyses: Sequence[str]) -> Outputs:
    """Scores of each unit and sentence: sentiment's, tone's, or both."""
    vectors = _pooled(states, ranges)
    own = {"sentiment": ["sentiment"], "tone": [n for n in model.heads if n != "sentiment"]}
    names = [name for analysis, heads in own.items() for name in heads if analysis in analyses]
    return {name: model.heads[name].logits(vectors) for name in names}


def _keywords(
    model: Model, states: list[Tensor], ranges: Tensor, analyses: Sequence[str]
) -> Outputs:
    """What ranks phrases: their scores, and how alike they are (in half the bytes).

    The head's other features are counts and places of the text; the host knows those.
    """
    vectors = _pooled(states, ranges)
    weight = model.heads["keywords"].weight_of_vectors(vectors.shape[-1])
    hidden = states[0].shape[-1]
    return {
        "keywords": vectors @ weight,
        "cosine": (vectors[..., :hidden] @ vectors[:, :1, :hidden].transpose(1, 2))[..., 0],
        "alike": (vectors @ vectors.transpose(1, 2)).to(torch.float16),
    }


def _names(model: Model, states: list[Tensor], ranges: Tensor, analyses: Sequence[str]) -> Outputs:
    """Tag scores of every token."""
    return {"names": model.heads["names"].logits(states[0].float())}


_READERS: dict[str, Callable[[Model, list[Tensor], Tensor, Sequence[str]], Outputs]] = {
    "affect": _affect,
    "keywords": _keywords,
    "names": _names,
}
