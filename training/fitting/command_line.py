"""What the training commands share on their command line."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "deployments" / "models"


@dataclass(frozen=True, slots=True)
class Job:
    """Where the data is, where the models go, and how seeded."""

    data: Path
    out: Path
    seed: int


def job(purpose: str) -> Job:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=purpose.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=MODELS, help="the folder of all models")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    return Job(asked.data, asked.out, asked.seed)
