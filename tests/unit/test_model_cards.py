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


def tensor_names(model: str) -> set[str]:
    from safetensors import safe_open

    with safe_open(MODELS / model / "layers.safetensors", framework="numpy") as file:
        return set(file.keys())


@pytest.mark.parametrize("model", CARDS)
def test_every_file_of_weights_is_in_its_card_with_its_size(model: str) -> None:
    sizes = {name: (number, unit) for name, number, unit in _SIZE.findall(card(model))}
    assert set(sizes) == {path.name for path in (MODELS / model).glob("*.safetensors")}
    for name, (number, unit) in sizes.items():
        decimals = len(number.partition(".")[2])
        size = (MODELS / model / name).stat().st_size / _BYTES[unit]
        assert round(size, decimals) == float(number), name


@pytest.mark.parametrize("model, tuned", [("affect", True), ("entities", False)])
def test_the_card_says_whether_the_word_embeddings_were_tuned(model: str, tuned: bool) -> None:
    embeddings = "embeddings.word_embeddings.weight.difference"
    assert (embeddings in tensor_names(model)) is tuned
    assert ("word embeddings among them" in card(model)) is tuned
    assert ("word embeddings are the carried encoder's" in card(model)) is not tuned


@pytest.mark.parametrize("model", ["affect", "entities"])
def test_matrices_are_differences_with_scales_and_vectors_are_as_they_are(model: str) -> None:
    names = tensor_names(model)
    matrices = {name.removesuffix(".difference") for name in names if name.endswith(".difference")}
    assert {f"{name}.scale" for name in matrices} == {n for n in names if n.endswith(".scale")}
    plain = {name for name in names if not name.endswith((".difference", ".scale"))}
    assert all(name.endswith("bias") or "LayerNorm" in name or name == "casings" for name in plain)
    assert ("casings" in names) is (model == "entities")
