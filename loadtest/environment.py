"""On which machine and with which versions figures were measured."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

#: Up to this a machine counts as free for measuring.
_QUIET_LOAD = 1.0


def machine(packages: Sequence[str]) -> dict[str, str]:
    """What a figure needs beside it: date, processor, cores, memory, load, versions."""
    cores = len(os.sched_getaffinity(0))
    memory_gib = psutil.virtual_memory().total / 2**30
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": f"{_processor()}, {cores} cores, {memory_gib:.0f} GiB",
        # Other work on the machine spoils a figure more than anything else.
        "load at start": f"{os.getloadavg()[0]:.1f}",
        "versions": ", ".join([f"Python {platform.python_version()}", *map(_version, packages)]),
    }


def described(facts: dict[str, str]) -> str:
    """The facts as a line of Markdown, with a warning where they spoil the figures."""
    line = "; ".join(f"{name}: {value}" for name, value in facts.items()) + "."
    if float(facts["load at start"]) <= _QUIET_LOAD:
        return line
    return f"{line}\n\n**The machine was busy with other work: figures of a quiet one are better.**"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"
