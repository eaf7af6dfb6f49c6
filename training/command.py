"""What the training commands share on their command line."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from deployments.encoder import Encoder, EncoderConfig

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "deployments" / "models"


@dataclass(frozen=True, slots=True)
class Job:
    """Where the data is, where the result goes, how seeded, and the encoder to build on."""

    data: Path
    out: Path
    seed: int
    encoder: Encoder


def job(purpose: str, out: Path) -> Job:
    """Read the command line and load the encoder."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=out)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    return Job(asked.data, asked.out, asked.seed, Encoder(EncoderConfig(threads=asked.threads)))
