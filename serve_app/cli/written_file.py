"""A file that appears when it is complete, or standard output."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from serve_app.cli.output import say


def write_out(
    output: Path | None,
    parts: Iterable[bytes],
    on_written: Callable[[int], None] = lambda size_bytes: None,
) -> None:
    """Write the parts.

    Args:
        output: has its name once all parts are in it, in the place of what is there; None is
            standard output.
        parts: of the content.
        on_written: told the size so far, after each.

    Raises:
        OSError: it cannot be written.
    """
    if output is None:
        for part in parts:
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
        return
    partial = output.with_name(f"{output.name}.partial")
    size_bytes = 0
    try:
        with partial.open("wb") as file:
            for part in parts:
                file.write(part)
                size_bytes += len(part)
                on_written(size_bytes)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    say(f"{size_bytes:,} bytes in {output}.")
