"""Who reads environment variables: the service, never an analysis."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.syntax_trees import parse

ROOT = Path(__file__).resolve().parents[2]
READERS = {"os.environ.get", "os.environ.copy", "os.environ.items", "os.getenv"}


def reads(source: str) -> Iterator[int]:
    """Lines on which a module reads its environment."""
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in READERS:
            yield node.lineno
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Load)
            and ast.unparse(node.value) == "os.environ"
        ):
            yield node.lineno
        if isinstance(node, ast.arg | ast.keyword) and "environ" in ast.unparse(node):
            yield node.lineno


def test_the_analyses_read_no_environment_variable() -> None:
    modules = sorted((ROOT / "deployments").rglob("*.py"))
    assert modules
    found = [
        f"{module.relative_to(ROOT)}:{line}"
        for module in modules
        for line in reads(module.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "source", ["os.environ['A']", "os.environ.get('A')", "os.getenv('A')", "read(env=os.environ)"]
)
def test_a_read_is_noticed(source: str) -> None:
    assert list(reads(source)) == [1]


def test_setting_a_variable_for_a_library_is_no_read() -> None:
    assert list(reads("os.environ.setdefault('TOKENIZERS_PARALLELISM', 'false')")) == []
    assert list(reads("os.environ['A'] = 'b'")) == []
