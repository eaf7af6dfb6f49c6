"""No two classes share a name; but the client calls what the service has by its names."""

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.project.syntax_trees import parse_file

ROOT = Path(__file__).parents[2]
_PACKAGES = ("deployments", "serve_app", "training", "loadtest", "k8s")


def shared_class_names(files: Iterable[Path]) -> dict[str, list[Path]]:
    """The files of each name that several classes have; ``_Name`` and ``Name`` are the same."""
    files_by_name = defaultdict(list)
    for file in files:
        for node in ast.walk(parse_file(file)):
            if isinstance(node, ast.ClassDef):
                files_by_name[node.name.lstrip("_")].append(file)
    return {name: places for name, places in files_by_name.items() if len(places) > 1}


def test_every_class_of_the_product_has_a_name_of_its_own() -> None:
    files = {file for package in _PACKAGES for file in (ROOT / package).rglob("*.py")}
    client = set((ROOT / "serve_app" / "client").rglob("*.py"))
    assert len(files - client) > 100
    assert shared_class_names(files - client) == {}
    assert shared_class_names(client) == {}


@pytest.mark.parametrize("other", ["class Window: ...", "class _Window: ..."])
def test_a_name_given_twice_is_noticed(tmp_path: Path, other: str) -> None:
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    first.write_text("class Window: ...\nclass Batch: ...")
    second.write_text(f"def window() -> None:\n    {other}")
    assert shared_class_names([first, second]) == {"Window": [first, second]}
