"""What a service on this machine says of itself to other commands: a file in its data folder."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import orjson

_FILE = "state.json"


@dataclass(frozen=True, slots=True)
class ProcessState:
    """How it stands with one process.

    Attributes:
        name: of what runs, for people.
        up: whether it runs and can be used.
        restarts: how often it was started again.
        last_end: how it ended the last time; empty where it never did.
        last_at: when that was, in ISO 8601; empty likewise.
    """

    name: str
    up: bool
    restarts: int
    last_end: str
    last_at: str


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A service and its processes.

    Attributes:
        url: where it is asked.
        processes: those that are seen after.
    """

    url: str
    processes: list[ProcessState]

    def write(self, run_dir: Path) -> None:
        """Let others read it; they never see half of it."""
        unfinished = run_dir / f"{_FILE}.new"
        unfinished.write_bytes(orjson.dumps(asdict(self)))
        os.replace(unfinished, run_dir / _FILE)

    @classmethod
    def read(cls, run_dir: Path) -> Self | None:
        """The state last written; None where there is none."""
        try:
            content = orjson.loads((run_dir / _FILE).read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return None
        return cls(content["url"], [ProcessState(**each) for each in content["processes"]])
