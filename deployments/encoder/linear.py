"""Linear layers in the form that their device multiplies fastest.

On a CPU that computes in bf16, oneDNN keeps the weights in its own blocked order instead of
ordering them anew for every product, and applies GELU while the product is still in the
cache: 1.2 times as fast for 2,000 rows, 1.5 times for 180. The operators for it are private to
torch: where one is gone or gives other numbers, plain products are used, and the log says so.
Knows tensors; nothing of models.

It also makes and keeps a program for every number of rows it meets, which takes 5 to 13 ms
and 1 to 4 MB each: see :func:`kernel_rows`.
"""

import logging
from collections.abc import Iterator
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

log = logging.getLogger(__name__)


class Linear:
    """``x @ weight.T + bias``, for inference; the weights stay on their device."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        """Take weights (n_out, n_in) and bias (n_out,) of one type."""
        self._bias = bias
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
        return _pointwise(values, self._blocked_weight, self._bias, "none")

    def gelu(self, values: Tensor) -> Tensor:
        """The same, then GELU (Hendrycks and Gimpel 2016) in its exact form."""
        if self._weight is not None:
            return functional.gelu(self(values))
        return _pointwise(values, self._blocked_weight, self._bias, "gelu")


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
    """The weight in oneDNN's order; None where plain products are as fast or all there is."""
    if weight.device.type != "cpu" or weight.dtype != torch.bfloat16 or not _has_blocked_linear():
        return None
    return _reordered(weight)


@cache
def _has_blocked_linear() -> bool:
    """Whether oneDNN multiplies in bf16 here, and torch's private operators for it work."""
    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) and _agrees_with_plain()
    except (AttributeError, RuntimeError) as error:
        log.warning("oneDNN's blocked products are not used: %s", error)
        return False


def _agrees_with_plain() -> bool:
    """A small product by the private operators, held against the public ones.

    Raises:
        AttributeError: an operator is gone.
        RuntimeError: it takes other arguments, or gives other numbers.
    """
    numbers = torch.arange(64 * 32, dtype=torch.float32).sin()
    values, weight = numbers.view(64, 32).bfloat16(), numbers.view(64, 32).cos().bfloat16()
    bias = weight[:, 0].contiguous()
    expected = functional.linear(values, weight, bias)
    blocked = _reordered(weight)
    for activation, result in (("none", expected), ("gelu", functional.gelu(expected))):
        actual = _pointwise(values, blocked, bias, activation)
        if not torch.allclose(actual.float(), result.float(), atol=0.1, rtol=0.02):
            raise RuntimeError(f"torch.ops.mkldnn._linear_pointwise({activation!r}) differs")
    return True


# These two are the operators that torch's own compiler emits for a frozen model.
def _reordered(weight: Tensor) -> Tensor:
    with torch.inference_mode():
        blocked: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight, None)
        return blocked


def _pointwise(
    values: Tensor, blocked_weight: Tensor | None, bias: Tensor, activation: str
) -> Tensor:
    product: Tensor = torch.ops.mkldnn._linear_pointwise(
        values, blocked_weight, bias, activation, [], "none" if activation == "gelu" else ""
    )
    return product
