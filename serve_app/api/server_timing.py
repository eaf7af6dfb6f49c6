"""How long an answer took, and in which stage: the header Server-Timing, which browsers show."""

import time
from collections.abc import Mapping


def milliseconds(stages: Mapping[str, float], started_at: float) -> dict[str, float]:
    """The time of each stage and in total, in milliseconds.

    Args:
        stages: seconds, by stage.
        started_at: when the request was understood: of :func:`time.perf_counter`.
    """
    seconds = {**stages, "total": time.perf_counter() - started_at}
    return {name: round(value * 1000, 3) for name, value in seconds.items()}


def server_timing(stages: Mapping[str, float], started_at: float) -> tuple[bytes, bytes]:
    """The header; see :func:`milliseconds`."""
    times = milliseconds(stages, started_at).items()
    return b"server-timing", ", ".join(f"{name};dur={value}" for name, value in times).encode()
