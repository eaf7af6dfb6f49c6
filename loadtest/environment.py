"""On which machine, with which versions and from which commit figures were measured."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from loadtest.paths import ROOT

#: Up to this load average a machine counts as free for measuring.
_QUIET_LOAD = 1.0
_LOAD = "load at start"
#: What decides how fast a processor multiplies matrices.
_CPU_FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")


def environment_facts(
    packages: Sequence[str], *, peers_python: str | None = None, peers: Sequence[str] = ()
) -> dict[str, str]:
    """What a figure needs beside it, by name, in words for people.

    Args:
        packages: distributions whose versions matter.
        peers_python: the interpreter of another environment.
        peers: distributions of that one.
    """
    cores = len(os.sched_getaffinity(0))
    memory_gib = psutil.virtual_memory().total / 2**30
    versions = [f"{package} {_version(package)}" for package in packages]
    if peers_python:
        versions += _peer_versions(peers_python, peers)
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "processor": f"{_cpuinfo('model name') or platform.machine()}, {cores} cores, {_flags()}",
        "memory": f"{memory_gib:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        # Other work on the machine spoils a figure more than anything else.
        _LOAD: f"{os.getloadavg()[0]:.2f}",
        "versions": ", ".join(versions),
    }


def facts_line(facts: dict[str, str]) -> str:
    """The facts as a line of Markdown, with a warning where they spoil the figures."""
    line = "; ".join(f"{name}: {value}" for name, value in facts.items()) + "."
    if float(facts[_LOAD]) <= _QUIET_LOAD:
        return line
    return f"{line}\n\n**The machine was busy with other work: figures of a quiet one are better.**"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _peer_versions(python: str, packages: Sequence[str]) -> list[str]:
    code = "import json, sys, importlib.metadata as m; " + (
        "print(json.dumps([f'{n} {m.version(n)}' for n in sys.argv[1:]]))"
    )
    try:
        process = subprocess.run(
            [python, "-c", code, *packages], capture_output=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return [f"{package} not installed" for package in packages]
    versions: list[str] = json.loads(process.stdout)
    return versions


def _flags() -> str:
    flags = _cpuinfo("flags").split()
    return " ".join(flag for flag in _CPU_FLAGS if flag in flags) or "vector units unknown"


def _cpuinfo(field: str) -> str:
    """The first value of a field; empty where this machine does not have it."""
    for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return ""


def _commit() -> str:
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        changes = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return commit + (" with changes" if changes else "")


def _git(*arguments: str) -> str:
    process = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, check=True, timeout=30
    )
    return process.stdout.decode().strip()
