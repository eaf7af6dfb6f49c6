"""Models on cores of their own, as on a machine of their own."""

import contextlib
import os
from collections.abc import Collection, Iterable
from pathlib import Path

import psutil

from deployments.batcher import ENCODER
from deployments.results import ANALYSES

_MODELS = tuple(f"ServeReplica:default:{name}" for name in (ENCODER, *ANALYSES))


def put_models_apart(processes: Iterable[psutil.Process]) -> None:
    """Half of the cores for the models of a service, the others for all else, callers included.

    Args:
        processes: of the service, which is ready.
    """
    cores = sorted(os.sched_getaffinity(0))
    half = len(cores) // 2
    for process in processes:
        is_model = any(name in " ".join(process.cmdline()) for name in _MODELS)
        _put(process.pid, cores[half:] if is_model else cores[:half])
    _put(os.getpid(), cores[:half])


def _put(pid: int, cores: Collection[int]) -> None:
    """All threads of a process on these cores; those that it starts will be there too."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            os.sched_setaffinity(int(thread.name), cores)
