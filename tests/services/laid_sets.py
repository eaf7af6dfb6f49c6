"""Sets laid into a folder as the public ones lie there."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path


def lay(data: Path, corpus: str, file: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Write ``data/corpus/file.jsonl``, an object a line."""
    path = data / corpus / f"{file}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
