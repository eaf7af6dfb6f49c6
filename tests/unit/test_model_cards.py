"""What the model cards say of their files is true of the files."""

import re
from pathlib import Path

import pytest

from deployments.weights import released

MODELS = Path(released.__file__).parents[1] / "models"
CARDS = sorted(path.parent.name for path in MODELS.glob("*/README.md"))
_SIZE = re.compile(r"`(\w+\.safetensors)`, ([\d.]+) (MB|kB)")
_BYTES = {"MB": 1e6, "kB": 1e3}


def card(model: str) -> str:
    return (MODELS / model / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", CARDS)
def test_every_file_of_weights_is_in_its_card_with_its_size(model: str) -> None:
    sizes = {name: (number, unit) for name, number, unit in _SIZE.findall(card(model))}
    assert set(sizes) == {path.name for path in (MODELS / model).glob("*.safetensors")}
    for name, (number, unit) in sizes.items():
        decimals = len(number.partition(".")[2])
        size = (MODELS / model / name).stat().st_size / _BYTES[unit]
        assert round(size, decimals) == float(number), name
