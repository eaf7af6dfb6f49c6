"""What a text can cost at most: tokens beside prose, and time that grows no faster than its length.

The encoder's passes are left out (their time goes with the tokens); all else is what runs.
``python -m loadtest.worst_texts`` measures the same texts with everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest
import torch

from deployments.encoder.encoder import Encoder
from deployments.results import ANALYSES
from deployments.text.document import Document
from loadtest.processor_time import thread_seconds
from loadtest.worst_texts import prose, worst_texts
from tests.growth import grows_linearly
from tests.services.loaded_analyzers import loaded_analyzer

if TYPE_CHECKING:
    from torch import Tensor

    from deployments.encoder.batch import Batch

LENGTH = 8_000
# Of prose of the same length.
MOST_WORK = 3

# Chinese takes a token for every sign, and is answered as unsupported before it is encoded.
TEXTS = {kind: text for kind, text in worst_texts(LENGTH) if kind != "'的'"}


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one text: what the encoder reads, and what the rest takes of this thread."""

    tokens: int
    seconds: float


READ_TOKENS: list[int] = []


@pytest.fixture(autouse=True)
def noise_for_hidden_states(monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder notes how many tokens it is given, and gives noise instead of reading them."""

    def hidden_states(encoder: Encoder, batch: "Batch", layers: Sequence[int]) -> list["Tensor"]:
        READ_TOKENS.append(sum(map(len, batch.windows)))
        shape = READ_TOKENS[-1], encoder.hidden_size
        return [torch.randn(shape, generator=torch.Generator().manual_seed(7)) for _ in layers]

    monkeypatch.setattr(Encoder, "hidden_states", hidden_states)


def cost(analysis: str, text: str) -> Cost:
    READ_TOKENS.clear()
    analyzer = loaded_analyzer(analysis)
    seconds = thread_seconds(lambda: analyzer.analyze([Document.read(text)]))
    return Cost(sum(READ_TOKENS), seconds)


@cache
def cost_of_prose(analysis: str) -> Cost:
    cost(analysis, prose(LENGTH))
    return cost(analysis, prose(LENGTH))


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("analysis", ANALYSES)
def test_no_text_costs_much_more_than_prose(analysis: str, kind: str) -> None:
    text, usual = TEXTS[kind], cost_of_prose(analysis)
    found = cost(analysis, text)
    assert found.tokens <= MOST_WORK * usual.tokens
    # What takes longer than that must at least be linear.
    assert found.seconds <= MOST_WORK * usual.seconds or grows_linearly(
        lambda length: cost(analysis, text[:length]), LENGTH
    )
