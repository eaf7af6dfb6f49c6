"""What the training commands share on their command line."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import torch

from training.datasets.folders import ROOT, public_sets
from training.outputs import output_folder

MODELS = ROOT / "deployments" / "models"


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """Where the public sets are, where the models go, and the seed of all that is drawn."""

    data: Path
    out: Path
    seed: int


def training_options(purpose: str) -> TrainingOptions:
    """Read the command line; torch gets as many threads as it says.

    Args:
        purpose: the command's docstring, whose first line the help shows.
    """
    parser = argparse.ArgumentParser(description=purpose.splitlines()[0])
    parser.add_argument("--data", type=Path, default=public_sets())
    parser.add_argument(
        "--out", type=output_folder, default=MODELS, help="the folder of all models"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    return TrainingOptions(options.data, options.out, options.seed)
