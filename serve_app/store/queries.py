"""The SQL that the store runs: named files, one query each, and numbered migrations."""

from functools import cache
from pathlib import Path


@cache
def query(name: str) -> str:
    """The query in ``name.sql``."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")
