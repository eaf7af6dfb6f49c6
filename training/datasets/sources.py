"""The public data sets: where each comes from, what it may be used for, its files' SHA-256.

Read from ``training/data/sources.json``, which is written by hand but for the digests.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from training.datasets.folders import CARRIED

MANIFEST = CARRIED / "sources.json"


@dataclass(frozen=True, slots=True)
class PublicSet:
    """One public data set.

    Attributes:
        trainable: whether a released weight may be trained on it; else it is for measuring.
        sources: addresses that its files were made from.
        licence: as its source states it.
        files: SHA-256 in hex by file name.
    """

    trainable: bool
    sources: tuple[str, ...]
    licence: str
    files: Mapping[str, str]

    def languages(self, split: str) -> tuple[str, ...]:
        """The codes of the languages with a file of this split, in the order of the alphabet."""
        names = (file.split(".") for file in self.files)
        return tuple(sorted(name[1] for name in names if name[0] == split and len(name) == 3))


def read_manifest(path: Path = MANIFEST) -> dict[str, PublicSet]:
    """The sets by the names of their folders."""
    manifest = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: PublicSet(
            row["use"] == "training", tuple(row["sources"]), row["licence"], row["files"]
        )
        for name, row in manifest.items()
    }


@cache
def trainable_sets() -> frozenset[str]:
    """The sets that a released weight may be trained on."""
    return frozenset(name for name, each in read_manifest().items() if each.trainable)


@cache
def measuring_sets() -> frozenset[str]:
    """The sets that are for measuring alone."""
    return frozenset(read_manifest()) - trainable_sets()
