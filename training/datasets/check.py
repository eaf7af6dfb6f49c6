"""Check the public data sets against the manifest.

    python -m training.datasets.check [--data DIR]

Prints a line for each file that is missing or differs from the one that the released models
were trained and measured with. Exit status 0 if there is none, else 1.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from training.datasets.folders import public_sets
from training.datasets.sources import PublicSet, read_manifest


def differences(data: Path, manifest: Mapping[str, PublicSet]) -> Iterator[str]:
    """A line for each file of the manifest that is not in ``data`` as it should be."""
    for name, public_set in manifest.items():
        if not (data / name).is_dir():
            yield f"{name}: missing; from {', '.join(public_set.sources) or 'no public address'}"
            continue
        for file, sha256 in public_set.files.items():
            if line := _difference(data / name / file, sha256):
                yield f"{name}/{file}: {line}"


def _difference(path: Path, sha256: str) -> str:
    """What is wrong with a file; empty where nothing is."""
    if not path.is_file():
        return "missing"
    with path.open("rb") as stream:
        actual = hashlib.file_digest(stream, "sha256").hexdigest()
    return "" if actual == sha256 else f"differs: SHA-256 is {actual}, should be {sha256}"


def main() -> None:
    """Print what is missing or different; exit status 1 if anything is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=public_sets())
    data, manifest = parser.parse_args().data, read_manifest()
    lines = list(differences(data, manifest))
    for line in lines:
        print(line)
    print(f"{data}: {len(manifest)} sets, {len(lines)} missing or different", file=sys.stderr)
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
