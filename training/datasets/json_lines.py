"""Files of one JSON object a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def read_json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file in their order.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is not JSON; says which.
    """
    if not path.is_file():
        raise FileNotFoundError(f"No {path}. Name the folder of the data sets with --data.")
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            yield _parsed(line, f"{path}, line {number}")


def _parsed(line: str, place: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"{place} is not JSON: {error}.") from error
