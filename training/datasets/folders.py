"""Where the data sets lie: those that come along, and those that must be fetched.

The one place that names these folders; knows nothing of what is in them.
"""

import os
from pathlib import Path

#: The root of the checkout.
ROOT = Path(__file__).resolve().parents[2]
#: The project's own texts and labels, committed with it (README.md there).
CARRIED = ROOT / "training" / "data"
#: The environment variable that names another folder of the public sets.
VARIABLE = "POSTLENS_TRAINING_DATA"


def public_sets() -> Path:
    """The folder of the public data sets, a folder in it for each.

    That of the environment variable, or else ``shared/data`` beside the checkout. It need not
    exist: :mod:`training.datasets.check` says what is missing.
    """
    return Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "data")


def split_file(data: Path, corpus: str, split: str, language: str | None = None) -> Path:
    """The file of one split of a set, of one language (ISO 639-1) where it has several."""
    name = f"{split}.jsonl" if language is None else f"{split}.{language}.jsonl"
    return data / corpus / name
