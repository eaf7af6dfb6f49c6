"""Python modules as syntax trees, for tests that look for names and calls."""

import ast
import gc
from pathlib import Path


def parse(source: str) -> ast.Module:
    """The module's tree.

    While it is built nothing is collected: a finalizer that runs meanwhile makes Python 3.11
    fail with "AST constructor recursion depth mismatch" (CPython's gh-106905).
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        if collecting:
            gc.enable()


def parse_file(file: Path) -> ast.Module:
    """The tree of a module's file."""
    return parse(file.read_text(encoding="utf-8"))
