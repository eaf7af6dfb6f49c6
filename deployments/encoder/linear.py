"""Linear layers in the form that their device multiplies fastest.

On a CPU that computes in bf16, oneDNN keeps the weights in its own blocked order instead of
ordering them anew for every product, and applies GELU while the product is still in the
cache: 1.2 times as fast for 2,000 rows, 1.5 times for 180. Knows tensors; nothing of models.

It also makes and keeps a program for every number of rows it meets, which takes 5 to 13 ms
and 1 to 4 MB each: see :func:`kernel_rows`.
"""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional


class Linear:
    """``x @ weight.T + bias``, for inference; the weights stay on their device."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        """Take weights (n_out, n_in) and bias (n_out,) of one type."""
        self._bias = bias
        self.n_out = len(bias)
        self._blocked_weight = _to_blocked(weight)
        # One copy is enough: the blocked one holds the same numbers.
        self._weight = weight if self._blocked_weight is None else None

    @property
    def is_blocked(self) -> bool:
        """Whether oneDNN multiplies, to whom every number of rows is new."""
        return self._blocked_weight is not None

    def __call__(self, values: Tensor) -> Tensor:
        """(n, n_in) to (n, n_out)."""
        if self._weight is not None:
            return functional.linear(values, self._weight, self._bias)
        return self._pointwise(values, "none")

    def gelu(self, values: Tensor) -> Tensor:
        """The same, then GELU (Hendrycks and Gimpel 2016) in its exact form."""
        if self._weight is not None:
            return functional.gelu(self(values))
        return self._pointwise(values, "gelu")

    def _pointwise(self, values: Tensor, after: str) -> Tensor:
        product: Tensor = torch.ops.mkldnn._linear_pointwise(
            values, self._blocked_weight, self._bias, after, [], "none" if after == "gelu" else ""
        )
        return product


def kernel_rows(rows: int) -> int:
    """The least number of rows, ``rows`` or more, that oneDNN is ever asked for.

    In steps of 64 to 512, of 256 to 2,048, of 1,024 beyond.
    """
    step = 64 if rows <= 512 else 256 if rows <= 2_048 else 1_024
    return -(-rows // step) * step


def kernel_sizes(most: int) -> Iterator[int]:
    """All numbers of rows that :func:`kernel_rows` gives for 1 to ``most`` rows."""
    rows = 0
    while rows < most:
        rows = kernel_rows(rows + 1)
        yield rows


def _to_blocked(weight: Tensor) -> Tensor | None:
    """The weight in oneDNN's order; None where plain products are as fast or all there is.

    These are the operators that torch's own compiler emits for a frozen model.
    """
    fits = weight.device.type == "cpu" and weight.dtype == torch.bfloat16
    if not fits or not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return None
    with torch.inference_mode():
        blocked: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight, None)
        return blocked
