"""The SQL that the service runs: named files, one query each, and numbered migrations."""

from functools import cache
from pathlib import Path


@cache
def query(name: str, folder: Path = Path(__file__).parent) -> str:
    """The query in ``sql/name.sql`` of a folder; by default of the store."""
    return (folder / "sql" / f"{name}.sql").read_text(encoding="utf-8")
