"""How many cores this process may use."""

import os


def usable_cores() -> int:
    """Cores this process is bound to, where the system binds processes; else all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
