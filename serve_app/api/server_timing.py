"""How long an answer took, and in which stage: the header Server-Timing, which browsers show."""

from collections.abc import Mapping

from serve_app.answer_progress import milliseconds


def server_timing(stages: Mapping[str, float], started_at: float) -> tuple[bytes, bytes]:
    """The header; see :func:`milliseconds`."""
    times = milliseconds(stages, started_at).items()
    return b"server-timing", ", ".join(f"{name};dur={value}" for name, value in times).encode()
