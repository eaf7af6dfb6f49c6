"""Write a fitted network where the service reads it: ``python -m training.encoder.export FILE``.

The encoder in few bits, then its heads: sentiment and emotions calibrated, the tags of names with
the confidence in each. Put the printed SHA-256 into ``deployments/weights/released.py``, then fit
the key phrases (``python -m training.keywords``) and measure (``make evaluate``).
"""

import argparse
from pathlib import Path

from deployments.encoder.casing import CASING_EMBEDDINGS
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from training.datasets.folders import public_sets
from training.encoder.calibrated_heads import Validation, calibrated_head, tag_head
from training.encoder.confidence import confidence_head
from training.encoder.fit.files import load_network, read_base
from training.encoder.fit.network import Network
from training.encoder.fit.sets import Curriculum, PackedSets
from training.encoder.tasks import ANALYSES
from training.fitting.encoder_file import save_encoder
from training.fitting.head_file import save_heads
from training.outputs import MODELS, output_folder


def main() -> None:
    """Read the network and write encoder and heads."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("network", type=Path, help="the file of the fitted network")
    parser.add_argument("--sets", type=Path, required=True, help="the folder of packed sets")
    parser.add_argument("--base", type=Path, required=True, help="the untuned encoder's folder")
    parser.add_argument("--data", type=Path, default=public_sets())
    parser.add_argument(
        "--out", type=output_folder, default=MODELS, help="the folder of all models"
    )
    options = parser.parse_args()
    curriculum = Curriculum.read(options.sets)
    network = load_network(options.network, read_base(options.base), curriculum)
    sets = PackedSets.load(options.sets, "validation", curriculum.tasks, "cpu")
    sha256 = write_encoder(network, options.out)
    write_span_heads(network, sets, options.out, sha256)
    write_name_heads(network, options.data, options.out, sha256)


def write_encoder(network: Network, models: Path) -> str:
    """Write the weights; their SHA-256, which heads name."""
    casings = network.casings.weight.detach()
    folder = models / "encoder"
    sha256 = save_encoder(folder, network.bert() | {CASING_EMBEDDINGS: casings})
    print(f"wrote {folder}: {sha256}")
    return sha256


def write_span_heads(network: Network, sets: PackedSets, models: Path, encoder_sha256: str) -> None:
    """Write sentiment's and tone's heads, calibrated on validation sets."""
    validation = Validation.of(network, sets)
    for analysis, names in ANALYSES.items():
        heads = {name: calibrated_head(network, name, validation) for name in names}
        save_heads(models / analysis, heads, encoder_sha256)


def write_name_heads(network: Network, data: Path, models: Path, encoder_sha256: str) -> None:
    """Write the names' heads; the confidence is fitted on what the written encoder reads."""
    encoder = Encoder(EncoderConfig(source=str(models / "encoder"), sha256=encoder_sha256))
    tags = tag_head(network)
    heads = {"names": tags, "sureness": confidence_head(encoder, tags, data)}
    save_heads(models / "entities", heads, encoder_sha256)


if __name__ == "__main__":
    main()
